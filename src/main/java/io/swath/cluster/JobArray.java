package io.swath.cluster;

import io.swath.model.Request;
import java.nio.file.Path;
import java.util.List;

/**
 * A job array to submit. Immutable.
 *
 * @param token the job's name, unique for each batch
 * @param script the path of {@code job.sh} on this machine; the file contains the {@code #SBATCH} directives
 * @param clusterScript the path of the same file on the nodes
 * @param size number of array tasks, with indices 0 to size − 1
 * @param request what each task requests; the directives say the same
 * @param after ids of the jobs that this job depends on
 * @param dependencyType how it depends on them
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

    /** How a job depends on others, as in sbatch(1). A task whose dependency can never be met is cancelled. */
    public enum DependencyType {
        /** {@code afterok}: all tasks start when all tasks of those jobs have succeeded. */
        AFTER_OK,
        /** {@code aftercorr}: each task starts when the task with the same index has succeeded. */
        AFTER_CORRESPONDING
    }
}
