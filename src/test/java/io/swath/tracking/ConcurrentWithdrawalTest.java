package io.swath.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.model.Batch;
import io.swath.model.TileState;
import io.swath.submission.Submission;
import io.swath.testing.TestPostgres;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Submission withdraws a batch while tracking records the end of the run before. PostgreSQL does both at once. */
@Tag("resources")
class ConcurrentWithdrawalTest extends TrackingBench {
    private TestPostgres postgres;

    @Override
    Workbench workbench(Path folder) throws IOException {
        postgres = new TestPostgres();
        return new Workbench(folder, postgres::ledger);
    }

    @Override
    @AfterEach
    void close() throws IOException {
        super.close();
        postgres.close();
    }

    @Test
    void a_tile_whose_next_step_is_withdrawn_while_its_step_ends_waits_to_be_submitted() throws Exception {
        bench.planned("a", Workbench.TWO_STEPS, 1);
        Submission submission = bench.submission(100);
        submission.send(submission.due().get(0));
        Batch first = bench.batch("a", 1);
        Batch second = bench.batch("a", 2);
        succeeds(first, 0);

        CompletableFuture<Boolean> recorded;
        CompletableFuture<Boolean> withdrawn;
        // The last change of tracking's transaction waits for this lock.
        try (Connection held = postgres.lock("select * from batch where number = 1 for update")) {
            recorded = CompletableFuture.supplyAsync(this::cycle);
            postgres.awaitEndOrLock(recorded, 1);
            assertThat(recorded).isNotDone();
            withdrawn = CompletableFuture.supplyAsync(
                    () -> bench.ledger.write(session -> session.unsentBatches().withdraw(second)));
            postgres.awaitEndOrLock(withdrawn, 2);
            held.rollback();
        }

        assertThat(recorded.join()).isTrue();
        assertThat(withdrawn.join()).isTrue();
        assertThat(bench.batches("a")).extracting(Batch::number).containsExactly(1);
        assertThat(bench.tile("a", 0).step()).isOne();
        assertThat(bench.tile("a", 0).state()).isEqualTo(TileState.WAITING);
        bench.submitAll();
        assertThat(bench.batch("a", 2).step()).isEqualTo("infer");
    }
}
