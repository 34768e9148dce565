package io.swath.cli;

import io.swath.waiting.WaitingGroup;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** The scenes that wait, by reason, as {@code status} shows them. */
final class WaitingTable {
    private WaitingTable() {}

    /** The groups as text; empty when no scene waits. */
    static String text(List<WaitingGroup> groups) {
        if (groups.isEmpty()) {
            return "";
        }
        Table table = new Table("waits for", "since", "scenes", "who can end it", "what");
        for (WaitingGroup group : groups) {
            table.row(
                    group.cause().reason(),
                    group.since().truncatedTo(ChronoUnit.SECONDS),
                    group.names(),
                    group.cause().who(),
                    group.cause().what());
        }
        return "\nscenes that wait:\n" + table;
    }
}
