package io.swath.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What was done to Swath and what came of it: a row a fault, printed and kept as {@code target/e2e/faults.md}. One table
 * for all the tests of a run, whichever comes first. Thread-safe.
 */
final class FaultTable {
    /**
     * One kind of fault.
     *
     * @param injected how often
     * @param scenes in flight when it was
     * @param tiles in flight: of those scenes, all that had not succeeded yet
     * @param lost scenes that did not end as they had to
     * @param twice tiles that succeeded more than once, as the cluster's own accounting counts
     * @param renamed messages that were repeated under a new id
     * @param seconds from the end of the fault until Swath was as always, the longest
     */
    record Row(String fault, int injected, int scenes, int tiles, int lost, int twice, int renamed, double seconds) {}

    private static final String HEAD = "| fault | times | scenes in flight | tiles in flight | lost | run twice"
            + " | repeated with a new id | seconds until normal |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";

    private static final List<Row> ROWS = new ArrayList<>();

    private FaultTable() {}

    static synchronized void add(Row row) {
        ROWS.add(row);
    }

    /** Prints what there is so far, and keeps it. */
    static synchronized void publish() throws IOException {
        StringBuilder text = new StringBuilder(HEAD);
        for (Row row : ROWS) {
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %d | %d | %d | %d | %d | %d | %.1f |%n",
                    row.fault,
                    row.injected,
                    row.scenes,
                    row.tiles,
                    row.lost,
                    row.twice,
                    row.renamed,
                    row.seconds));
        }
        Path file = Path.of("target", "e2e", "faults.md");
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        System.out.println("\n" + text);
    }

    /** Formats rows of cells in aligned columns. */
    static String inColumns(List<List<String>> rows) {
        int columns = rows.get(0).size();
        List<Integer> widths = new ArrayList<>();
        for (int column = 0; column < columns; column++) {
            int at = column;
            widths.add(rows.stream().mapToInt(row -> row.get(at).length()).max().orElse(0));
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            for (int column = 0; column < columns; column++) {
                text.append(String.format("%-" + widths.get(column) + "s  ", row.get(column)));
            }
            text.append('\n');
        }
        return text.toString();
    }
}
