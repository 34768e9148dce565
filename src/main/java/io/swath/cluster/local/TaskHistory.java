package io.swath.cluster.local;

import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tasks of a job, as its event file records them. Not thread-safe. */
final class TaskHistory {
    /** A task that has started or ended. A cancelled task may have ended without a start. */
    static final class Entry {
        Optional<Instant> started = Optional.empty();
        Optional<Instant> ended = Optional.empty();
        Optional<Ending> ending = Optional.empty();
        boolean suspended;
    }

    private static final Logger LOG = LoggerFactory.getLogger(TaskHistory.class);

    private final Map<Integer, Entry> tasks = new HashMap<>();

    /** Writes one line of the event file. */
    static String line(String event, int index, Instant time, String details) {
        return event + "\t" + index + "\t" + time.toEpochMilli() + (details.isEmpty() ? "" : "\t" + details) + "\n";
    }

    /** Reads the event file. A line that cannot be read, for example after a full disk, is ignored. */
    static TaskHistory of(JobRecord folder) throws IOException {
        TaskHistory history = new TaskHistory();
        for (String line : folder.events()) {
            try {
                history.add(line.split("\t", -1));
            } catch (IllegalArgumentException | IndexOutOfBoundsException unreadable) {
                LOG.warn("An event of the local job in {} cannot be read and is ignored: {}", folder.path(), line);
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

    /** Leaves out what is no task of a job of this size: a task may have written it. */
    TaskHistory withTasksBelow(int size) {
        tasks.keySet().removeIf(index -> index < 0 || index >= size);
        return this;
    }

    Map<Integer, Entry> tasks() {
        return tasks;
    }

    /** When the last task of the job ended. */
    Optional<Instant> lastEnd() {
        return tasks.values().stream().flatMap(task -> task.ended.stream()).max(Instant::compareTo);
    }
}
