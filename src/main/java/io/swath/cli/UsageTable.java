package io.swath.cli;

import io.swath.ledger.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Tables with a row for each group of ended runs, which begins with recipe, step, partition, outcome and their number. */
final class UsageTable {
    private static final List<Column> FIRST = List.of(
            new Column("recipe", Usage.Total::recipe),
            new Column("step", Usage.Total::step),
            new Column("partition", Usage.Total::partition),
            new Column("outcome", Usage.Total::outcome),
            new Column("runs", Usage.Total::runs));

    private UsageTable() {}

    /** What a column says about a group of runs. */
    record Column(String head, Function<Usage.Total, Object> cell) {}

    /** @param more the columns after the first ones */
    static Table of(List<Usage.Total> totals, Column... more) {
        List<Column> columns = new ArrayList<>(FIRST);
        columns.addAll(List.of(more));
        Table table = new Table(columns.stream().map(Column::head).toArray(String[]::new));
        totals.forEach(total -> table.row(
                columns.stream().map(column -> column.cell().apply(total)).toArray()));
        return table;
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }
}
