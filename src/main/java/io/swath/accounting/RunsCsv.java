package io.swath.accounting;

import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.swath.ledger.Ledger;
import io.swath.ledger.Session;
import io.swath.model.Batch;
import io.swath.model.Run;
import io.swath.model.Scene;
import io.swath.storage.DurableFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes all runs of a scene's version as CSV (RFC 4180): a head line, and a line per run with the fields of
 * {@link AccountingRecord}. Runs go from the ledger to the file one by one, so memory does not grow with their number.
 * A version without a run gets an empty file. Thread-safe.
 */
public final class RunsCsv {
    private static final CsvMapper CSV = CsvMapper.csvBuilder()
            // Otherwise every text of more than 24 characters is quoted, whether it needs quotes or not.
            .enable(CsvGenerator.Feature.STRICT_CHECK_FOR_QUOTING)
            .build();

    private final Ledger ledger;
    private final String cluster;

    public RunsCsv(Ledger ledger, String cluster) {
        this.ledger = ledger;
        this.cluster = cluster;
    }

    /** Writes the file as a whole or not at all. */
    public void write(Scene scene, Path file) throws IOException {
        DurableFiles.write(file, out -> write(scene, out));
    }

    private void write(Scene scene, OutputStream out) throws IOException {
        try (Lines lines = new Lines(out)) {
            ledger.read(session -> {
                Map<String, Batch> batches = batches(session, scene);
                session.runs().forEach(scene.id(), scene.version(), run -> lines.add(record(run, batches, scene)));
                return batches.size();
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /**
     * Writes all runs of some batches, in the order of the batches, and does not close the stream.
     *
     * @return how many runs were written
     */
    public long write(List<Batch> batches, OutputStream out) throws IOException {
        try {
            long[] written = {0};
            Lines lines = new Lines(out);
            for (Batch batch : batches) {
                ledger.read(session -> {
                    String recipe = session.scenes()
                            .find(batch.sceneId())
                            .map(Scene::recipe)
                            .orElseThrow();
                    session.runs().forEach(batch.token(), run -> {
                        lines.add(AccountingRecord.of(run, batch, recipe, cluster));
                        written[0]++;
                    });
                    return recipe;
                });
            }
            lines.flush();
            return written[0];
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static Map<String, Batch> batches(Session session, Scene scene) {
        Map<String, Batch> batches = new HashMap<>();
        session.batches().ofScene(scene.id()).forEach(batch -> batches.put(batch.token(), batch));
        return batches;
    }

    private Map<String, Object> record(Run run, Map<String, Batch> batches, Scene scene) {
        return AccountingRecord.of(run, batches.get(run.token()), scene.recipe(), cluster);
    }

    /** The lines of one file. The first record gives the columns. */
    private static final class Lines implements AutoCloseable {
        private final OutputStream out;
        private SequenceWriter writer;

        Lines(OutputStream out) {
            this.out = out;
        }

        void add(Map<String, Object> record) {
            try {
                if (writer == null) {
                    CsvSchema columns = CsvSchema.builder()
                            .addColumns(record.keySet(), CsvSchema.ColumnType.NUMBER_OR_STRING)
                            .setUseHeader(true)
                            .setLineSeparator("\r\n")
                            .build();
                    writer = CSV.writer(columns).writeValues(out);
                }
                writer.write(record);
            } catch (IOException e) {
                throw new UncheckedIOException(e); // the ledger calls this for each run, and passes no IOException on
            }
        }

        void flush() throws IOException {
            if (writer != null) {
                writer.flush();
            }
        }

        @Override
        public void close() throws IOException {
            if (writer != null) {
                writer.close();
            }
        }
    }
}
