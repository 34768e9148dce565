package io.swath.tracking;

import io.swath.ledger.Runs.Open;
import io.swath.model.Batch;
import io.swath.model.Cause;
import io.swath.model.Run;
import io.swath.model.RunState;
import java.util.Optional;

/** A run that is open in the ledger, with the batch that it belongs to. */
record TrackedRun(Batch batch, Open run) {
    String id() {
        return run.id();
    }

    /** Its index in the batch. */
    int index() {
        return run.index();
    }

    /** The array index of its task. */
    int taskIndex() {
        return batch.taskOf(run.index());
    }

    /** The id of its task, as sacct shows it, in a job. */
    String taskId(String jobId) {
        return jobId + "_" + taskIndex();
    }

    /** The row that the ledger gets for this run. */
    Run withState(RunState state, Optional<Cause> cause, String detail, Run.Facts facts) {
        return new Run(
                run.token(),
                run.index(),
                batch.sceneId(),
                batch.stepIndex(),
                batch.step(),
                run.tile(),
                run.attempt(),
                state,
                cause,
                detail,
                facts);
    }
}
