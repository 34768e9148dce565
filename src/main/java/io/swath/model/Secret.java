package io.swath.model;

import java.util.function.Supplier;

/**
 * A password, read when it is first used: a password file of a part that is not used need not exist. {@link #toString}
 * hides the text, so it is in no log. Thread-safe.
 */
public final class Secret {
    private final Supplier<String> source;
    private volatile String text;

    public Secret(Supplier<String> source) {
        this.source = source;
    }

    public Secret(String text) {
        this(() -> text);
    }

    /** @throws SettingsException when the password's file cannot be read */
    public String value() {
        if (text == null) {
            text = source.get();
        }
        return text;
    }

    public boolean isEmpty() {
        return value().isEmpty();
    }

    @Override
    public String toString() {
        return "(hidden)";
    }
}
