package io.swath.arrival.night;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.delivery.Messages;
import io.swath.delivery.Messages.Message;
import io.swath.model.GpuUse;
import io.swath.model.SceneState;
import io.swath.testing.MessageSchemas;
import io.swath.testing.TaskEnd;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The nights begin at noon, when the test's clock begins. A recipe of one step asks for 600 MiB and 2 minutes. */
@Tag("resources")
class NightReportTest {
    private static final List<NightReport.Next> NEXT =
            List.of(new NightReport.Next("ndvi", "ndvi", "cpu", "memory", 7, "210 MiB: why"));

    private Workbench bench;

    @BeforeEach
    void open(@TempDir Path folder) {
        bench = new Workbench(folder);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private NightReport report(String until) {
        return report(until, Optional.of(NEXT));
    }

    private NightReport report(String until, Optional<List<NightReport.Next>> next) {
        return new NightReport(
                bench.ledger, Schedule.of("0 0 12 * * ?", "UTC", until), () -> next, bench.json, bench.clock);
    }

    /** A night with one scene of two tiles, each of which needs 300 MiB and 30 s. */
    private void night() {
        night(Workbench.ONE_STEP, GpuUse.NONE);
    }

    private void night(String recipe, GpuUse gpu) {
        bench.delivered("a");
        bench.plannedAgain("a", recipe, 2);
        bench.ledger.change(session -> session.nights()
                .setChosen(session.nights().lastWorked(bench.clock.instant()).orElseThrow(), 1));
        bench.submitAll();
        bench.batches("a").stream()
                .filter(batch -> batch.version() == 2 && !batch.assembly())
                .forEach(batch -> TaskEnd.SUCCESS
                        .after(Duration.ofSeconds(30))
                        .cpu(Duration.ofSeconds(15))
                        .peak(300)
                        .gpu(gpu)
                        .all(bench, batch));
        bench.markAllSent();
    }

    private void deliver() {
        bench.ledger.change(session -> session.scenes()
                .move("a", Set.of(SceneState.PROCESSING, SceneState.PLANNED), SceneState.DELIVERED, ""));
        bench.markAllSent();
    }

    private List<Message> messages() {
        return new Messages(bench.ledger, bench.storage, bench.json, "slurm", "/swath", bench.incidents).due();
    }

    @Test
    void the_event_at_the_end_of_the_night_says_what_its_runs_asked_for_and_used_and_what_the_next_ask_for()
            throws IOException {
        night();
        NightReport report = report("13:00");
        report.work();
        assertThat(messages()).isEmpty();
        bench.pass(Duration.ofHours(1));

        report.work();

        assertThat(messages()).hasSize(1);
        Message message = messages().get(0);
        assertThat(message.queue()).isEqualTo("swath.events");
        assertThat(message.type()).isEqualTo("io.swath.night.ended");
        assertThat(message.id()).isEqualTo("night/nightly/2026-03-01T12:00:00Z");
        JsonNode event = bench.json.readTree(message.body());
        assertThat(MessageSchemas.wrong("night", event)).as(message.body()).isEmpty();
        JsonNode data = event.path("data");
        assertThat(data.path("scenes").asInt()).isEqualTo(1);
        assertThat(data.path("open").asInt()).isEqualTo(1);
        assertThat(data.path("steps")).hasSize(1);
        JsonNode step = data.path("steps").path(0);
        assertThat(step.path("outcome").asText()).isEqualTo("SUCCEEDED");
        assertThat(step.path("runs").asInt()).isEqualTo(2);
        assertThat(step.path("elapsedSeconds").asDouble()).isEqualTo(60);
        assertThat(step.path("memoryAskedPerUsed").asDouble()).isEqualTo(2);
        assertThat(step.path("timeAskedPerUsed").asDouble()).isEqualTo(4);
        assertThat(step.path("cpuUsedPerAllocated").asDouble()).isEqualTo(0.5);
        assertThat(data.path("gpus").isArray() && data.path("gpus").isEmpty()).isTrue();
        assertThat(data.path("next").path(0).path("request").asText()).isEqualTo("210 MiB: why");
    }

    @Test
    void the_event_says_which_part_of_a_gpu_the_runs_of_the_night_asked_for_and_used() throws IOException {
        String onGpu = Workbench.ONE_STEP.replace("device: cpu", "device: gpu, gpu: 0.25");
        night(onGpu, new GpuUse(Optional.of(4_096), Optional.of(40_960), Optional.of(3), "samples"));
        bench.pass(Duration.ofHours(1));

        report("13:00").work();

        JsonNode event = bench.json.readTree(messages().get(0).body());
        assertThat(MessageSchemas.wrong("night", event)).isEmpty();
        assertThat(event.path("data").path("gpus")).hasSize(1);
        JsonNode gpus = event.path("data").path("gpus").path(0);
        assertThat(gpus.path("step").asText()).isEqualTo("ndvi");
        assertThat(gpus.path("elapsedSeconds").asDouble()).isEqualTo(60);
        assertThat(gpus.path("requestedGpuPart").asDouble()).isEqualTo(0.25);
        assertThat(gpus.path("usedGpuPart").asDouble()).isEqualTo(0.1);
    }

    @Test
    void without_a_measurement_the_used_part_of_a_gpu_is_null() throws IOException {
        night(Workbench.ONE_STEP.replace("device: cpu", "device: gpu, gpu: 0.25"), GpuUse.NONE);
        bench.pass(Duration.ofHours(1));

        report("13:00").work();

        JsonNode event = bench.json.readTree(messages().get(0).body());
        assertThat(MessageSchemas.wrong("night", event)).isEmpty();
        assertThat(event.path("data").path("gpus").path(0).path("usedGpuPart").isNull())
                .isTrue();
    }

    @Test
    void a_night_has_one_event_however_often_swath_looks_or_is_started_again() {
        night();
        bench.pass(Duration.ofHours(1));
        report("13:00").work();
        report("13:00").work();
        bench.markAllSent();
        report("13:00").work();

        assertThat(bench.ledger.<Integer>read(session -> session.outbox().unsentCount()))
                .isZero();
    }

    @Test
    void without_an_end_a_night_ends_when_its_scenes_have_ended() {
        night();
        NightReport report = report("");
        bench.pass(Duration.ofHours(30));
        report.work();
        assertThat(messages()).isEmpty();
        deliver();

        report.work();

        assertThat(messages())
                .singleElement()
                .extracting(Message::body)
                .asString()
                .contains("\"delivered\":1");
    }

    @Test
    void a_night_that_reprocessed_nothing_has_no_event() {
        bench.delivered("a");
        bench.reprocess("a");
        bench.markAllSent();
        bench.pass(Duration.ofHours(1));

        report("13:00").work();

        assertThat(messages()).isEmpty();
    }

    @Test
    void the_event_waits_until_the_cluster_has_said_what_a_request_may_be() {
        night();
        bench.pass(Duration.ofHours(1));
        report("13:00", Optional.empty()).work();
        assertThat(messages()).isEmpty();

        report("13:00").work();

        assertThat(messages()).hasSize(1);
    }
}
