package io.swath.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AllowedHostsTest {
    private final AllowedHosts hosts = AllowedHosts.ofThisMachine(List.of("swath.example.org"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LOCALHOST",
                "localhost.",
                "127.0.0.1",
                "127.1.2.3",
                "10.0.0.5",
                "[::1]",
                "::1",
                "[fe80::1%eth0]",
                "swath.example.org",
                "Swath.Example.ORG."
            })
    void addresses_localhost_and_names_from_the_settings_are_allowed(String host) {
        assertThat(hosts.contains(host)).isTrue();
    }

    @Test
    void the_name_of_this_machine_is_allowed() throws IOException {
        String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        assertThat(hosts.contains(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "evil.example",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "127.0.0.1.nip.io",
                "evil-localhost",
                "example.org",
                "evil.swath.example.org",
                "dead.beef",
                "a"
            })
    void other_names_are_not(String host) {
        assertThat(hosts.contains(host)).isFalse();
    }
}
