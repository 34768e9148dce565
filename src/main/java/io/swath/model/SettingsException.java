package io.swath.model;

/** A setting is wrong. The message names the setting, the rule that its value breaks, and what to do. */
public final class SettingsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SettingsException(String message) {
        super(message);
    }
}
