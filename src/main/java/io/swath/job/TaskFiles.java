package io.swath.job;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.health.Incidents;
import io.swath.model.Batch;
import io.swath.storage.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What tasks leave on the storage: evidence, outputs and logs. Thread-safe. */
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

    /** Whether the storage is there: without it nothing can be said of any task. */
    public boolean reachable() {
        String missing = storage.missing();
        if (!missing.isEmpty()) {
            incidents.report("storage", missing);
        }
        return missing.isEmpty();
    }

    /** How many tasks of each batch have left evidence. */
    public Map<String, Integer> counts(Collection<Batch> batches) {
        Map<String, Integer> counts = new HashMap<>();
        for (Batch batch : batches) {
            Path folder = storage.batch(batch.sceneId(), batch.token()).resolve("evidence");
            int count = 0;
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "[0-9]*.json")) {
                for (Path ignored : files) {
                    count++;
                }
            } catch (NoSuchFileException | NotDirectoryException e) {
                log.debug("{} has no evidence folder", batch.token());
            } catch (IOException e) {
                incidents.report("storage", "evidence of " + batch.token() + " cannot be listed: " + e.getMessage());
            }
            counts.put(batch.token(), count);
        }
        return counts;
    }

    /** Whether a success is seen here: its evidence, and the output that it tells of. */
    public boolean success(Batch batch, Optional<Evidence> evidence) {
        try {
            return evidence.isPresent() && evidence.get().holds(storage, batch);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at the output of " + batch.token(), e);
        }
    }

    /** A task's evidence; absent when it left none. */
    public Optional<Evidence> evidence(Batch batch, int index) {
        try {
            Optional<Evidence> evidence = Evidence.read(storage, json, batch.sceneId(), batch.token(), index);
            if (evidence.isEmpty() && !storage.missing().isEmpty()) {
                throw new IOException(storage.missing()); // what cannot be seen is not absent
            }
            return evidence;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the evidence of " + batch.token() + "/" + index, e);
        }
    }

    /** The end of a task's log, where Slurm says what it did to the task. */
    public String lastWords(Batch batch, int index) {
        Path file =
                storage.batch(batch.sceneId(), batch.token()).resolve("logs").resolve(index + ".log");
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            channel.position(Math.max(0, channel.size() - LAST_BYTES));
            ByteBuffer buffer = ByteBuffer.allocate(LAST_BYTES);
            while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
                // read until the end or until full
            }
            return new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            log.debug("log of {}/{} cannot be read", batch.token(), index, e);
            return "";
        }
    }
}
