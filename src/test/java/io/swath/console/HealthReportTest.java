package io.swath.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.model.WaitCause;
import io.swath.testing.Workbench;
import io.swath.waiting.WaitingGroup;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("resources")
class HealthReportTest {
    private static final Instant SINCE = Instant.parse("2026-11-24T22:03:11Z");

    private Workbench bench;

    @BeforeEach
    void open(@TempDir Path folder) {
        bench = new Workbench(folder);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private JsonNode health(WaitingGroup... waiting) {
        return bench.json.valueToTree(
                new HealthReport(bench.storage, bench.incidents, Optional::empty, Map::of, () -> List.of(waiting))
                        .read());
    }

    @Test
    void scenes_that_wait_without_being_a_problem_are_listed_while_health_is_up() {
        WaitCause cause = new WaitCause("Priority", WaitCause.Kind.PASSES, "others come first", WaitCause.NOBODY);
        JsonNode health = health(new WaitingGroup(cause, SINCE, List.of("a", "b"), Duration.ofHours(2)));
        assertThat(health.path("status").asText()).isEqualTo("UP");
        assertThat(health.path("waiting").toString())
                .isEqualTo("[{\"reason\":\"Priority\",\"what\":\"others come first\","
                        + "\"who\":\"nobody, it passes by itself\",\"since\":\"2026-11-24T22:03:11Z\",\"count\":2,"
                        + "\"scenes\":[\"a\",\"b\"]}]");
    }

    @Test
    void a_problem_names_its_scenes_and_who_can_mend_it() {
        bench.incidents.report("waiting for PartitionDown", "it is down", SINCE, List.of("c"), "an administrator");
        JsonNode health = health();
        assertThat(health.path("status").asText()).isEqualTo("DOWN");
        assertThat(health.path("problems").toString())
                .isEqualTo("[{\"part\":\"waiting for PartitionDown\",\"what\":\"it is down\","
                        + "\"since\":\"2026-11-24T22:03:11Z\",\"scenes\":[\"c\"],\"who\":\"an administrator\"}]");
    }

    @Test
    void very_many_scenes_do_not_make_the_page_endless() {
        List<String> scenes = IntStream.range(0, 5_000).mapToObj(id -> "s" + id).toList();
        bench.incidents.report("waiting for PartitionDown", "it is down", SINCE, scenes, "an administrator");
        assertThat(health().path("problems").get(0).path("scenes")).hasSize(100);
    }
}
