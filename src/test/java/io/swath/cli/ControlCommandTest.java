package io.swath.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.ledger.ControlRequests;
import io.swath.ledger.Ledger;
import io.swath.model.Batch;
import io.swath.model.BatchState;
import io.swath.model.Origin;
import io.swath.model.Priority;
import io.swath.model.Request;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands as a person runs them while no Swath is running: they carry their requests out themselves. */
@Tag("resources")
class ControlCommandTest {
    private static final Batch BATCH = new Batch(
            "swath-a-1",
            "a",
            1,
            0,
            "ndvi",
            1,
            1,
            new Request("cpu", 1, 600, Duration.ofMinutes(2), 0, 0, List.of()),
            List.of(),
            BatchState.INTENT,
            "",
            0,
            Instant.EPOCH,
            Instant.EPOCH,
            1,
            "0123abcd",
            "");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    private Ledger ledger() {
        return Ledger.sqlite(folder.resolve("state/ledger.db"), Clock.systemUTC());
    }

    private void scene(SceneState state) {
        Scene.Arrival arrival =
                new Scene.Arrival("a.tif", "content", Origin.FOLDER, Priority.NORMAL, Instant.ofEpochSecond(1));
        try (Ledger ledger = ledger()) {
            ledger.change(session -> {
                session.scenes().add(Scene.arrived("a", "ndvi", "0123abcd", arrival, SceneState.ACCEPTED, ""));
                session.scenes().move("a", Set.of(SceneState.ACCEPTED), state, "");
            });
        }
    }

    private int run(String... arguments) {
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        String[] all = Arrays.copyOf(arguments, arguments.length + 3);
        all[arguments.length] = "--set=storage.root=" + folder.resolve("storage");
        all[arguments.length + 1] = "--set=state.dir=" + folder.resolve("state");
        all[arguments.length + 2] = "--set=console.bind=";
        return line.execute(all);
    }

    @Test
    void a_request_that_is_carried_out_exits_with_0() {
        scene(SceneState.PLANNED);

        assertThat(run("cancel", "a")).isZero();

        assertThat(out.toString().strip()).isEqualTo("a is cancelled.");
        try (Ledger ledger = ledger()) {
            Scene scene = ledger.read(session -> session.scenes().find("a")).orElseThrow();
            assertThat(scene.state()).isEqualTo(SceneState.CANCELLED);
        }
    }

    @Test
    void a_request_that_is_refused_exits_with_1_and_says_why() {
        scene(SceneState.DELIVERED);

        assertThat(run("cancel", "a")).isEqualTo(1);

        assertThat(out.toString().strip()).isEqualTo("Cannot cancel a: it is DELIVERED already.");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void a_scene_that_is_not_in_the_ledger_exits_with_1_and_leaves_no_request() {
        assertThat(run("hold", "nobody")).isEqualTo(1);

        assertThat(err.toString()).contains("there is no scene nobody", "./swath status");
        try (Ledger ledger = ledger()) {
            List<ControlRequests.Entry> requests =
                    ledger.read(session -> session.controlRequests().open());
            assertThat(requests).isEmpty();
        }
    }

    @Test
    void a_request_that_waits_for_the_cluster_exits_with_1_and_stays_open() {
        scene(SceneState.PROCESSING);
        try (Ledger ledger = ledger()) {
            ledger.change(session -> {
                session.batches().add(BATCH);
                session.batches().submitted(BATCH.token(), "42", Instant.ofEpochSecond(2));
            });
        }

        assertThat(run("hold", "a", "--set=cluster=slurm", "--set=slurm.ssh=")).isEqualTo(1);

        assertThat(err.toString())
                .contains("the request to hold a is in the ledger but not carried out yet", "squeue", "./swath run");
        try (Ledger ledger = ledger()) {
            List<ControlRequests.Entry> open =
                    ledger.read(session -> session.controlRequests().open());
            assertThat(open).extracting(ControlRequests.Entry::action).containsExactly("hold");
        }
    }
}
