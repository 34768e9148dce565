package io.swath.untrusted;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Text from outside. */
public final class Texts {
    private static final int SHOWN = 60;

    private Texts() {}

    /** Whether it has no control characters and no halves of characters. */
    public static boolean printable(String text) {
        return text.codePoints().noneMatch(point -> Character.isISOControl(point) || half(point));
    }

    /** The same, without what no database takes: zero bytes, and halves of characters. */
    public static String storable(String text) {
        if (text.codePoints().noneMatch(point -> point == 0 || half(point))) {
            return text;
        }
        StringBuilder safe = new StringBuilder(text.length());
        text.codePoints()
                .map(point -> point == 0 || half(point) ? '\ufffd' : point)
                .forEach(safe::appendCodePoint);
        return safe.toString();
    }

    /** On one line and not too long, to be quoted in an error. */
    public static String shown(String text) {
        StringBuilder safe = new StringBuilder();
        text.codePoints()
                .limit(SHOWN)
                .map(point -> Character.isISOControl(point) || half(point) ? '\ufffd' : point)
                .forEach(safe::appendCodePoint);
        return text.codePointCount(0, text.length()) > SHOWN ? safe + "…" : safe.toString();
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

    private static boolean half(int point) {
        return point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
    }
}
