package io.swath.delivery;

import io.swath.ledger.Ledger;
import io.swath.model.Batch;
import io.swath.model.Scene;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** All runs of a scene's version as CSV (RFC 4180), a line per run, with the fields of {@link AccountingRecord}. */
final class RunsCsv {
    private final Ledger ledger;
    private final String cluster;

    RunsCsv(Ledger ledger, String cluster) {
        this.ledger = ledger;
        this.cluster = cluster;
    }

    String of(Scene scene) {
        StringBuilder csv = new StringBuilder();
        ledger.read(session -> {
            Map<String, Batch> batches = new HashMap<>();
            session.batches().ofScene(scene.id()).forEach(batch -> batches.put(batch.token(), batch));
            session.runs().forEach(scene.id(), scene.version(), run -> {
                Map<String, Object> record =
                        AccountingRecord.of(run, batches.get(run.token()), scene.recipe(), cluster);
                if (csv.isEmpty()) {
                    csv.append(line(record.keySet()));
                }
                csv.append(line(record.values()));
            });
            return csv;
        });
        return csv.toString();
    }

    private static String line(Collection<?> fields) {
        return fields.stream()
                .map(field -> field == null ? "" : field.toString())
                .map(text -> text.matches("(?s).*[\",\r\n].*") ? '"' + text.replace("\"", "\"\"") + '"' : text)
                .collect(Collectors.joining(",", "", "\r\n"));
    }
}
