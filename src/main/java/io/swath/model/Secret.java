package io.swath.model;

import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * A password, read when it is first used: a password file of a part that is not used need not exist. {@link #toString}
 * hides the text, so it is in no log. Thread-safe.
 */
public final class Secret {
    /** A parameter of a URL, or of a connection string, whose name says that it is a secret; but not one of a file. */
    private static final Pattern PARAMETER = Pattern.compile(
            "(?i)([\\w.%-]*(?:password|passwd|passphrase|pwd|secret)[\\w.%-]*(?<!-file)=)[^&;,)\\s\"'>]+");
    /** The user and the password in front of a URL's host, up to the last @ before the path. */
    private static final Pattern USER_INFO = Pattern.compile("://[^/\\s]*:[^/\\s]*@");

    private static final String HIDDEN = "(hidden)";

    private final Supplier<String> source;
    private volatile String text;

    public Secret(Supplier<String> source) {
        this.source = source;
    }

    public Secret(String text) {
        this(() -> text);
    }

    /** A text in which every URL's password is hidden: user information, and parameters such as {@code jms.password}. */
    public static String hide(String text) {
        String parameters = PARAMETER.matcher(text).replaceAll("$1" + HIDDEN);
        return USER_INFO.matcher(parameters).replaceAll("://" + HIDDEN + "@");
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
        return HIDDEN;
    }
}
