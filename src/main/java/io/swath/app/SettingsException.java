package io.swath.app;

/** A setting is wrong: the message names it, the rule and the remedy. */
final class SettingsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SettingsException(String message) {
        super(message);
    }
}
