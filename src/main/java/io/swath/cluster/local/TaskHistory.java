package io.swath.cluster.local;

import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the events of a job say of its tasks. Not thread-safe. */
final class TaskHistory {
    /** A task that has started or ended; it may have ended without a start. */
    static final class Entry {
        Optional<Instant> started = Optional.empty();
        Optional<Instant> ended = Optional.empty();
        Optional<Ending> ending = Optional.empty();
        boolean suspended;
    }

    private static final Logger LOG = LoggerFactory.getLogger(TaskHistory.class);

    private final Map<Integer, Entry> tasks = new HashMap<>();

    /** A line for the events. */
    static String line(String what, int index, Instant time, String more) {
        return what + "\t" + index + "\t" + time.toEpochMilli() + (more.isEmpty() ? "" : "\t" + more) + "\n";
    }

    /** Reads the events; a line that cannot be read (the disk was full) is as if it had not happened. */
    static TaskHistory of(JobRecord folder) throws IOException {
        TaskHistory history = new TaskHistory();
        for (String line : folder.events()) {
            try {
                history.add(line.split("\t", -1));
            } catch (IllegalArgumentException | IndexOutOfBoundsException unreadable) {
                LOG.warn("A line of {} cannot be read: {}", folder.path(), line);
            }
        }
        return history;
    }

    private void add(String[] cells) {
        Instant time = Instant.ofEpochMilli(Long.parseLong(cells[2]));
        Optional<Ending> ending = cells[0].equals("end") ? Optional.of(Ending.parse(cells, 3)) : Optional.empty();
        Entry task = tasks.computeIfAbsent(Integer.valueOf(cells[1]), index -> new Entry());
        switch (cells[0]) {
            case "start" -> task.started = Optional.of(time);
            case "end" -> {
                task.ended = Optional.of(time);
                task.ending = ending;
            }
            case "suspend" -> task.suspended = true;
            case "resume" -> task.suspended = false;
            default -> throw new IllegalArgumentException(cells[0]);
        }
    }

    Map<Integer, Entry> tasks() {
        return tasks;
    }

    /** When its last task ended. */
    Optional<Instant> lastEnd() {
        return tasks.values().stream().flatMap(task -> task.ended.stream()).max(Instant::compareTo);
    }
}
