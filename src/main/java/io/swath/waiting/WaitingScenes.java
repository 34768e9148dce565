package io.swath.waiting;

import io.swath.ledger.Ledger;
import io.swath.model.Wait;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Reads from the ledger which scenes wait for what. Thread-safe. */
public final class WaitingScenes {
    private final Ledger ledger;

    public WaitingScenes(Ledger ledger) {
        this.ledger = ledger;
    }

    /** All waits by reason, the oldest first. */
    public List<WaitingGroup> groups() {
        return ledger.read(session -> session.waits().all()).stream()
                .collect(Collectors.groupingBy(wait -> wait.cause().reason(), LinkedHashMap::new, Collectors.toList()))
                .values()
                .stream()
                .map(WaitingGroup::of)
                .toList();
    }

    /** What each scene waits for: of several causes, the one that needs a person most; of equal ones the oldest. */
    public Map<String, Wait> byScene() {
        return ledger.read(session -> session.waits().all()).stream()
                .collect(Collectors.toMap(Wait::sceneId, wait -> wait, WaitingScenes::first, LinkedHashMap::new));
    }

    private static Wait first(Wait one, Wait other) {
        return other.cause().kind().compareTo(one.cause().kind()) < 0 ? other : one;
    }
}
