package io.swath.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.model.WaitCause;
import io.swath.testing.FakeCluster;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClusterTest {
    private static WaitCause why(String reason) {
        return new FakeCluster()
                .explain(new Waiting("1", "swath-a-1", List.of(0), "PENDING", reason, Optional.empty()), "cpu");
    }

    @Test
    void a_job_that_depends_on_another_job_does_not_wait_for_free_resources() {
        assertThat(why("Dependency").kind()).isEqualTo(WaitCause.Kind.FOLLOWS);
        assertThat(why("Dependency").what()).contains("the job that it depends on has not ended");
        assertThat(why("Resources").what()).contains("free resources");
    }
}
