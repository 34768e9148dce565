package io.swath.cluster.local;

import io.swath.cluster.ClusterException;
import io.swath.cluster.TaskStatus.Phase;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of the local cluster, with one folder for each job. Only one program at a time can open it. Not
 * thread-safe.
 *
 * <p>Processes of an earlier start are found by their environment, because their process ids may belong to other
 * processes now.
 */
final class StateDirectory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StateDirectory.class);
    private static final Duration TIME_TO_END = Duration.ofSeconds(10);
    private static final Duration CHECK_INTERVAL = Duration.ofMillis(50);

    private final Path path;
    private final FileChannel lock;

    StateDirectory(Path path) throws IOException {
        Files.createDirectories(path);
        this.path = path.toRealPath();
        this.lock = FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean locked;
        try {
            locked = lock.tryLock() != null;
        } catch (OverlappingFileLockException lockedByThisProgram) {
            locked = false;
        }
        if (!locked) {
            lock.close();
            throw new ClusterException("Tried to open the local cluster in " + path
                    + ", but another Swath has it open. Nothing is lost. Stop the other Swath, or set another state.dir"
                    + " for this one.");
        }
    }

    Path folder(long jobId) {
        return path.resolve(Long.toString(jobId));
    }

    /** All jobs in the order of their ids. Tasks that were still running are killed and recorded as INTERRUPTED. */
    List<Job> open() throws IOException {
        endOrphans();
        List<Job> jobs = new ArrayList<>();
        for (Path folder : folders()) {
            try {
                Job job = Job.read(folder);
                Ending lost = Ending.withoutRun(Phase.INTERRUPTED, "Swath ended while the task was running");
                job.end(job.running(), Instant.now(), lost);
                jobs.add(job);
            } catch (IOException | RuntimeException unreadable) {
                LOG.error("Tried to read the local job in {}, but failed. The job is ignored", folder, unreadable);
            }
        }
        jobs.sort(Comparator.comparingLong(job -> job.id));
        return jobs;
    }

    private List<Path> folders() throws IOException {
        try (Stream<Path> files = Files.list(path)) {
            return files.filter(file -> file.getFileName().toString().matches("\\d{1,18}"))
                    .toList();
        }
    }

    private void endOrphans() {
        String mark = Child.MARK + "=" + path + "/";
        Set<Long> sessions = new TreeSet<>();
        Instant deadline = Instant.now().plus(TIME_TO_END);
        while (Instant.now().isBefore(deadline)) {
            Processes processes = Processes.now();
            sessions.addAll(processes.sessionsWith(mark));
            Set<Long> left = sessions.stream()
                    .flatMap(session -> processes.ofSession(session).stream())
                    .map(Processes.Entry::pid)
                    .collect(Collectors.toCollection(TreeSet::new));
            if (left.isEmpty()) {
                return;
            }
            LOG.warn("Killing processes of local tasks from an earlier start. processes={}", left.size());
            Processes.signal("KILL", left);
            pause();
        }
        LOG.error("Processes of local tasks from an earlier start do not end. sessions={}", sessions);
    }

    /** A killed process needs a moment to end. Nothing else may start before it has ended. */
    private static void pause() {
        try {
            Thread.sleep(CHECK_INTERVAL.toMillis());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
