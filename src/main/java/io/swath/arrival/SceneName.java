package io.swath.arrival;

import io.swath.storage.SafeName;
import java.util.Locale;
import java.util.regex.Pattern;

/** Makes scene ids, and knows names of GeoTIFFs. */
public final class SceneName {
    private static final int LONGEST = 128;
    private static final int KEY_DIGITS = 8;
    private static final Pattern EXTENSION =
            Pattern.compile("(?is)(?<=.)\\.(tiff?|tar\\.gz|tgz|tar|zip|safe|jp2|done)$");

    private SceneName() {}

    /**
     * A scene's id: its file's name without the extension, and 8 digits of its content key, such as
     * {@code L7_ETMs-1a2b3c4d}. Two different files of one name have different ids; the same file always has the same id.
     *
     * @param fileName any text
     * @param contentKey hex, from {@link ContentKey}
     * @return {@code [A-Za-z0-9._-]{1,128}}, not beginning with a dot or a dash
     */
    public static String id(String fileName, String contentKey) {
        if (!contentKey.matches("[0-9a-f]{" + KEY_DIGITS + ",}")) {
            throw new IllegalArgumentException("not a content key: " + contentKey);
        }
        String stem = EXTENSION.matcher(fileName).replaceFirst("");
        return SafeName.of(stem, LONGEST - KEY_DIGITS - 1) + "-" + contentKey.substring(0, KEY_DIGITS);
    }

    /** Whether a name ends in {@code .tif} or {@code .tiff}, in upper or lower case, with something before it. */
    public static boolean isTiff(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return (lower.endsWith(".tif") && lower.length() > 4) || (lower.endsWith(".tiff") && lower.length() > 5);
    }
}
