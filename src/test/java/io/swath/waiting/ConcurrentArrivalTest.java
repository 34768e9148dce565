package io.swath.waiting;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.testing.TestPostgres;
import io.swath.testing.Workbench;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A scene is accepted while Swath looks which scenes wait. PostgreSQL does both at once. */
@Tag("resources")
class ConcurrentArrivalTest {
    private static final WaitingSettings PATIENCE =
            new WaitingSettings(Duration.ofMinutes(5), Duration.ofHours(1), Duration.ofDays(1), Duration.ofDays(7));

    @Test
    void a_scene_that_is_accepted_during_a_look_is_found_by_the_next_look(@TempDir Path folder) throws Exception {
        try (TestPostgres postgres = new TestPostgres();
                Workbench bench = new Workbench(folder, postgres::ledger)) {
            bench.planned("a", Workbench.ONE_STEP, 1);
            bench.ledger.change(session -> session.scenes().hold("a", true));
            WaitingScenes scenes = new WaitingScenes(bench.ledger);
            WaitingWatch watch = new WaitingWatch(
                    bench.ledger, scenes, bench.incidents, 100, () -> true, PATIENCE, bench.clock, bench.steady);

            CompletableFuture<Void> look;
            // The look reads the scenes, and then, with their tiles, the scenes that do not move.
            try (Connection held = postgres.lock("lock table tile in access exclusive mode")) {
                look = CompletableFuture.runAsync(watch::look);
                postgres.awaitEndOrLock(look, 1);
                assertThat(look).isNotDone();
                bench.accepted("b", "ndvi");
                held.rollback();
            }
            look.join();
            assertThat(scenes.byScene()).containsOnlyKeys("a");

            bench.ledger.change(session -> session.scenes().hold("b", true));
            watch.look();
            assertThat(scenes.byScene()).containsOnlyKeys("a", "b");
        }
    }
}
