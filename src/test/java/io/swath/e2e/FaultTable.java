package io.swath.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The table of all faults that the tests of a run injected, with the results: one row for each fault. It is printed and
 * written to {@code target/e2e/faults.md}. Thread-safe.
 */
final class FaultTable {
    /**
     * One kind of fault.
     *
     * @param injected how often it was injected
     * @param scenes scenes that had not ended when it was injected; the maximum over all injections
     * @param tiles tiles of these scenes that were not done; the maximum over all injections
     * @param lost scenes that did not end as they have to
     * @param twice tiles that succeeded more than once, as the cluster's own accounting reports it
     * @param renamed messages that were sent again with a new id
     * @param seconds longest time from the end of the fault until Swath worked normally
     */
    record Row(String fault, int injected, int scenes, int tiles, int lost, int twice, int renamed, double seconds) {}

    private static final String HEAD = "| fault | times | scenes in flight | tiles in flight | lost | run twice"
            + " | repeated with a new id | seconds until normal |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";

    private static final List<Row> ROWS = new ArrayList<>();

    private FaultTable() {}

    static synchronized void add(Row row) {
        ROWS.add(row);
    }

    /** Prints all rows so far and writes them to the file. */
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
