package io.swath.cluster;

import io.swath.model.Request;
import java.nio.file.Path;
import java.util.List;

/**
 * A job array to be queued.
 *
 * @param token the job's name
 * @param script {@code job.sh} as this program sees it, which holds the directives too
 * @param clusterScript the same file as the nodes see it
 * @param size array tasks, indices 0 to size − 1
 * @param request what each task asks for, as in the script's directives
 * @param after jobs that it waits for
 * @param dependencyType how it waits
 */
public record JobArray(
        String token,
        Path script,
        String clusterScript,
        int size,
        Request request,
        List<String> after,
        DependencyType dependencyType) {
    public JobArray {
        after = List.copyOf(after);
    }

    /** How a job waits for others; either way it is cancelled when that can never come true. */
    public enum DependencyType {
        /** For all of them to have succeeded. */
        AFTER_OK,
        /** Each task for the task of the same index to have succeeded. */
        AFTER_CORRESPONDING
    }
}
