package io.swath.untrusted;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.Normalizer;
import java.util.HexFormat;
import java.util.function.IntPredicate;

/**
 * Checks and prepares text from outside: for an error, a log, a terminal or a database. Every quote of such text goes
 * through this class. Thread-safe.
 */
public final class Texts {
    private static final int SHORT = 60;

    private Texts() {}

    /** Whether the text has no control characters and no unpaired surrogates. */
    public static boolean printable(String text) {
        return text.codePoints().noneMatch(point -> Character.isISOControl(point) || surrogate(point));
    }

    /** The text as every database accepts it: zero bytes and unpaired surrogates are replaced by U+FFFD. */
    public static String storable(String text) {
        return replaced(text, point -> point == 0 || surrogate(point));
    }

    /** The text as {@link #line} makes it, cut after 60 characters. */
    public static String shown(String text) {
        return shown(text, SHORT);
    }

    /** The text as {@link #line} makes it; when it is longer than {@code longest} characters, it is cut and ends with … */
    public static String shown(String text, int longest) {
        return text.codePointCount(0, text.length()) <= longest
                ? line(text)
                : line(text.substring(0, text.offsetByCodePoints(0, longest))) + "…";
    }

    /**
     * The text on one line, safe for a log and a terminal, not cut. U+FFFD replaces control characters (line ends and
     * escapes too), line and paragraph separators, unpaired surrogates, and invisible format characters, which can
     * change the order in which a terminal shows the rest.
     */
    public static String line(String text) {
        return replaced(text, Texts::unsafe);
    }

    /** The text as {@link #line} makes it, but with its line feeds and tabs: for a text of several lines. */
    public static String lines(String text) {
        return replaced(text, point -> point != '\n' && point != '\t' && unsafe(point));
    }

    /** The text with letters and their accents as single characters (Unicode NFC): the same text has the same characters. */
    public static String composed(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFC);
    }

    /** SHA-256 in hex. */
    public static String digest(String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }

    private static String replaced(String text, IntPredicate bad) {
        if (text.codePoints().noneMatch(bad)) {
            return text;
        }
        StringBuilder safe = new StringBuilder(text.length());
        text.codePoints().map(point -> bad.test(point) ? '\ufffd' : point).forEach(safe::appendCodePoint);
        return safe.toString();
    }

    private static boolean unsafe(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> true;
            default -> false;
        };
    }

    private static boolean surrogate(int point) {
        return Character.getType(point) == Character.SURROGATE;
    }
}
