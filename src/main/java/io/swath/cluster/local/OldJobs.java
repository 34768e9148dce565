package io.swath.cluster.local;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes the records of jobs that ended long ago. Not thread-safe: it is called in the node's thread. */
final class OldJobs {
    private static final Logger LOG = LoggerFactory.getLogger(OldJobs.class);

    private OldJobs() {}

    /** Removes jobs that ended before a time. The newest job stays, so that no id is given out twice. */
    static void remove(Node node, Instant limit) {
        long newest =
                node.jobs().keySet().stream().mapToLong(Long::longValue).max().orElse(0);
        for (Job job : List.copyOf(node.jobs().values())) {
            boolean old = job.over() && job.definition.submitted().isBefore(limit) && job.id != newest;
            try {
                if (old && TaskHistory.of(job.folder).lastEnd().orElse(limit).compareTo(limit) <= 0) {
                    node.jobs().remove(job.id);
                    job.folder.delete();
                }
            } catch (IOException kept) {
                node.jobs().remove(job.id);
                LOG.warn(
                        "The record of a local job that ended long ago cannot be removed ({}). Remove {} by hand. job={}",
                        kept.toString(),
                        job.folder.path(),
                        job.id);
            }
        }
    }
}
