package io.swath.tracking;

import io.swath.model.Run;
import io.swath.model.RunState;

/** A run that has ended, with Swath's verdict and the facts to record. */
record JudgedRun(TrackedRun run, Verdict verdict, Run.Facts facts) {
    String sceneId() {
        return run.batch().sceneId();
    }

    int tile() {
        return run.run().tile();
    }

    int attempt() {
        return run.run().attempt();
    }

    int stepIndex() {
        return run.batch().stepIndex();
    }

    /** @param whyNoRetry appended to the verdict's detail; empty: nothing to append */
    Run toRun(String whyNoRetry) {
        return run.withState(
                verdict.cause().isEmpty() ? RunState.SUCCEEDED : RunState.FAILED,
                verdict.cause(),
                whyNoRetry.isEmpty() ? verdict.detail() : verdict.detail() + "; " + whyNoRetry,
                facts);
    }
}
