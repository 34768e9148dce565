package io.swath.cli;

import io.swath.ledger.InboxEntries.Entry;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** The inbox entries that wait, as {@code status} shows them. */
final class InboxTable {
    private InboxTable() {}

    /**
     * The entries as text.
     *
     * @param count how many entries wait in all
     */
    static String text(List<Entry> entries, int count) {
        Table table = new Table("entry", "recipe", "since", "waits for");
        for (Entry entry : entries) {
            table.row(entry.path(), entry.recipe(), entry.firstSeen().truncatedTo(ChronoUnit.SECONDS), entry.missing());
        }
        int more = count - entries.size();
        return "waiting in an inbox:\n" + table + (more > 0 ? "and " + more + " more\n" : "");
    }
}
