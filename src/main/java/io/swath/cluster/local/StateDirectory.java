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
 * The folder that holds all jobs, a folder each; one program at a time may have it open.
 *
 * <p>What still runs from the last time is found by its environment, never by a process id, which may be somebody
 * else's by now.
 */
final class StateDirectory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StateDirectory.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

    private final Path path;
    private final FileChannel lock;

    StateDirectory(Path path) throws IOException {
        Files.createDirectories(path);
        this.path = path.toRealPath();
        this.lock = FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean ours;
        try {
            ours = lock.tryLock() != null;
        } catch (OverlappingFileLockException here) {
            ours = false;
        }
        if (!ours) {
            lock.close();
            throw new ClusterException("Tried to open the local cluster in " + path
                    + ", but another Swath has it open. Nothing is lost; stop that one, or give this one another"
                    + " state.dir.");
        }
    }

    Path folder(long jobId) {
        return path.resolve(Long.toString(jobId));
    }

    /** Every job there is, in order; what had been running is ended and noted as lost with its node. */
    List<Job> open() throws IOException {
        endOrphans();
        List<Job> jobs = new ArrayList<>();
        for (Path folder : folders()) {
            try {
                Job job = Job.read(folder);
                Ending lost = Ending.withoutRun(Phase.NODE_FAIL, "Swath ended while the task was running");
                job.end(job.running(), Instant.now(), lost);
                jobs.add(job);
            } catch (IOException | RuntimeException unreadable) {
                LOG.error("The local job in {} cannot be read, and is left out", folder, unreadable);
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
        Instant patience = Instant.now().plus(PATIENCE);
        while (Instant.now().isBefore(patience)) {
            Processes processes = Processes.now();
            sessions.addAll(processes.sessionsWith(mark));
            Set<Long> left = sessions.stream()
                    .flatMap(session -> processes.ofSession(session).stream())
                    .map(Processes.Entry::pid)
                    .collect(Collectors.toCollection(TreeSet::new));
            if (left.isEmpty()) {
                return;
            }
            LOG.warn("Ending {} processes that Swath's local cluster had left behind", left.size());
            Processes.signal("KILL", left);
            pause();
        }
        LOG.error("Processes of local tasks of an earlier start do not end: sessions {}", sessions);
    }

    /** A killed process takes its moment to go; nothing else can happen before. */
    private static void pause() {
        try {
            Thread.sleep(BETWEEN_LOOKS.toMillis());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
