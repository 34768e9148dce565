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
 * @param packed whether each task makes several tiles, so that its log is {@code task-INDEX.log}, because {@code INDEX.log} is
 *     that of one tile
 * @param request what each task requests; the directives say the same
 * @param after ids of the jobs that this job depends on
 * @param dependencyType how it depends on them
 */
public record JobArray(
        String token,
        Path script,
        String clusterScript,
        int size,
        boolean packed,
        Request request,
        List<String> after,
        DependencyType dependencyType) {
    public JobArray {
        after = List.copyOf(after);
    }

    /** An array whose tasks make one tile each. */
    public JobArray(
            String token,
            Path script,
            String clusterScript,
            int size,
            Request request,
            List<String> after,
            DependencyType dependencyType) {
        this(token, script, clusterScript, size, false, request, after, dependencyType);
    }

    /** How a job depends on others, as in sbatch(1). A task whose dependency can never be met is cancelled. */
    public enum DependencyType {
        /** {@code afterok}: all tasks start when all tasks of those jobs have succeeded. */
        AFTER_OK,
        /** {@code aftercorr}: each task starts when the task with the same index has succeeded. */
        AFTER_CORRESPONDING
    }
}
