package io.swath.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostListTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "gpu[01-04,07]; gpu01 gpu02 gpu03 gpu04 gpu07",
                "cpu1; cpu1",
                "cpu1,gpu[9-11],login; cpu1 gpu9 gpu10 gpu11 login",
                "r[0-1]n[1-2]; r0n1 r0n2 r1n1 r1n2",
                "r[0-1]-[a,b]x; r0-ax r0-bx r1-ax r1-bx",
                "n[098-101]-ib; n098-ib n099-ib n100-ib n101-ib",
                "(null); ''",
                "''; ''",
                "n[3-1]; n3-1",
                "n[1-2; n[1-2",
            })
    void a_list_of_nodes_is_expanded(String list, String names) {
        assertThat(String.join(" ", HostList.expand(list))).isEqualTo(names);
    }

    @Test
    void an_endless_list_is_cut() {
        assertThat(HostList.expand("n[0-999999999]")).hasSize(100_000);
        assertThat(HostList.expand("n[0-999999]m[0-999999]o[0-999999]")).hasSize(100_000);
        String same = "[" + "1,".repeat(1000) + "1]";
        assertThat(HostList.expand(same + same + same + same)).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "cpu1 cpu2 cpu3; cpu[1-3]",
                "gpu01 gpu02 gpu07; gpu[01-02,07]",
                "n9 n10 n11 n100; n[9-11,100]",
                "n099 n100 n9; n[9,099-100]",
                "login; login",
                "n1 login m1; login,m1,n1",
            })
    void names_are_folded(String names, String list) {
        assertThat(HostList.fold(List.of(names.split(" ")))).isEqualTo(list);
    }
}
