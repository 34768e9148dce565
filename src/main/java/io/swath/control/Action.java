package io.swath.control;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What people can ask to be done with a scene. */
public enum Action {
    CANCEL,
    HOLD,
    RELEASE,
    SUSPEND,
    RESUME,
    RETRY;

    /** The action's name in commands, messages and the ledger, in lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The action of that name, in upper or lower case; empty when there is none. */
    public static Optional<Action> parse(String word) {
        return Arrays.stream(values())
                .filter(action -> action.name().equalsIgnoreCase(word))
                .findFirst();
    }
}
