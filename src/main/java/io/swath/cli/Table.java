package io.swath.cli;

import io.swath.untrusted.Texts;
import java.util.ArrayList;
import java.util.List;

/**
 * A table as text, safe for a terminal. A column of numbers, with or without a unit, is aligned to the right; others to the
 * left.
 */
final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    Table(String... head) {
        rows.add(List.of(head));
    }

    Table row(Object... cells) {
        List<String> row = new ArrayList<>();
        for (Object cell : cells) {
            row.add(cell == null ? "-" : Texts.line(cell.toString()));
        }
        rows.add(row);
        return this;
    }

    @Override
    public String toString() {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        boolean[] numbers = new boolean[columns];
        for (int column = 0; column < columns; column++) {
            int at = column;
            widths[column] =
                    rows.stream().mapToInt(row -> row.get(at).length()).max().orElse(0);
            numbers[column] = rows.size() > 1
                    && rows.stream().skip(1).allMatch(row -> row.get(at).matches("-|[\\d.,]+( ?[A-Za-z%]+)?"));
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < columns; column++) {
                String cell = row.get(column);
                String pad = " ".repeat(widths[column] - cell.length());
                line.append(numbers[column] ? pad + cell : cell + pad).append("  ");
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }
}
