package io.swath.job;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.health.Incidents;
import io.swath.model.Batch;
import io.swath.storage.NotRegularException;
import io.swath.storage.RegularFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads what tasks leave on the storage: evidence, outputs and logs. Thread-safe. */
public final class TaskFiles {
    private static final Logger log = LoggerFactory.getLogger(TaskFiles.class);
    private static final int LAST_BYTES = 4096;

    private final Storage storage;
    private final ObjectMapper json;
    private final Incidents incidents;

    public TaskFiles(Storage storage, ObjectMapper json, Incidents incidents) {
        this.storage = storage;
        this.json = json;
        this.incidents = incidents;
    }

    /**
     * Whether the storage is there. Without the storage no task can be judged, and an incident says what is missing.
     */
    public boolean reachable() {
        String missing = storage.missing();
        if (!missing.isEmpty()) {
            incidents.report("storage", missing);
        }
        return missing.isEmpty();
    }

    /** Whether the evidence reports a success, and the output is on the storage as the evidence says. */
    public boolean success(Batch batch, int tile, Optional<Evidence> evidence) {
        try {
            return evidence.isPresent() && evidence.get().outputInPlace(storage, batch, tile);
        } catch (IOException e) {
            throw new UncheckedIOException("the output of batch " + batch.token() + " cannot be checked", e);
        }
    }

    /**
     * Whether a job has taken the lease of a tile for this attempt: {@code job.sh} does that before it starts the
     * script.
     */
    public boolean leased(Batch batch, int tile, int attempt) {
        return Files.exists(lease(batch, tile, attempt), LinkOption.NOFOLLOW_LINKS);
    }

    /** The job that has taken the lease of a tile for this attempt, as it names itself; empty: none has. */
    public Optional<String> leaseOwner(Batch batch, int tile, int attempt) {
        Path lease = lease(batch, tile, attempt);
        try {
            return Optional.of(Files.readSymbolicLink(lease).toString());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (NotLinkException e) {
            return Optional.of(""); // a script of the scene has put something else there
        } catch (IOException e) {
            throw new UncheckedIOException("the lease " + lease + " cannot be read", e);
        }
    }

    private Path lease(Batch batch, int tile, int attempt) {
        return WorkLayout.of(storage, batch.sceneId(), batch.version())
                .lease(batch.step(), BatchLayout.fileNumber(tile), attempt);
    }

    /** The evidence of a task, at this attempt at its tile; empty when the task has not written any. */
    public Optional<Evidence> evidence(Batch batch, int index, int attempt) {
        return evidence(batch, index, OptionalInt.of(attempt));
    }

    /** The evidence of a task that is known to have ended; empty when the task has not written any. */
    public Optional<Evidence> evidence(Batch batch, int index) {
        return evidence(batch, index, OptionalInt.empty());
    }

    private Optional<Evidence> evidence(Batch batch, int index, OptionalInt attempt) {
        try {
            Optional<Evidence> evidence = Evidence.read(
                    storage.root(),
                    BatchLayout.of(storage, batch).evidence(index),
                    new Evidence.Subject(batch.token(), index, attempt),
                    json);
            if (evidence.isEmpty() && !storage.missing().isEmpty()) {
                throw new IOException(storage.missing()); // a file missing from an unmounted storage proves nothing
            }
            return evidence;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the evidence of task " + batch.token() + "/" + index + " cannot be read", e);
        }
    }

    /**
     * Whether a job has put something that is not a file in the place of the log of a run's task, or has removed the log's
     * folder.
     */
    public boolean logReplaced(Batch batch, int index) {
        Path file = BatchLayout.of(storage, batch).taskLog(batch, index);
        try {
            RegularFiles.size(storage.root(), file);
            return false;
        } catch (NotRegularException e) {
            return true;
        } catch (NoSuchFileException e) {
            return !Files.exists(file.getParent(), LinkOption.NOFOLLOW_LINKS)
                    && storage.missing().isEmpty();
        } catch (IOException e) {
            log.debug("a task's log cannot be looked at task={}/{}", batch.token(), index, e);
            return false;
        }
    }

    /**
     * The last 4 KiB of a run's log, where Slurm says what it did to the task; empty when there is no log. Of a task of several
     * tiles, Slurm says it in a log of its own, whose end comes before that of the run's.
     */
    public String endOfLog(Batch batch, int index) {
        BatchLayout layout = BatchLayout.of(storage, batch);
        String own = endOfLog(batch, index, layout.log(index));
        return batch.packed() ? (endOfLog(batch, index, layout.taskLog(batch, index)) + "\n" + own).strip() : own;
    }

    private String endOfLog(Batch batch, int index, Path file) {
        try {
            return new String(RegularFiles.readEnd(storage.root(), file, LAST_BYTES), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            log.debug("a task's log cannot be read task={}/{}", batch.token(), index, e);
            return "";
        }
    }
}
