package io.swath.tracking;

import io.swath.model.Run;
import io.swath.model.RunState;
import java.util.List;

/**
 * A run that has ended, with Swath's verdict and the facts to record.
 *
 * @param badTiles for an assembly, the tiles that were not what their evidence says: these have to be made again
 */
record JudgedRun(TrackedRun run, Verdict verdict, Run.Facts facts, List<Integer> badTiles) {
    JudgedRun(TrackedRun run, Verdict verdict, Run.Facts facts) {
        this(run, verdict, facts, List.of());
    }

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
