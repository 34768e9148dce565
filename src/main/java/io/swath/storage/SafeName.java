package io.swath.storage;

import java.text.Normalizer;
import java.util.regex.Pattern;

/** Turns any text into a name that is safe for files, URLs and scripts. */
public final class SafeName {
    private static final Pattern UNSAFE = Pattern.compile("[^A-Za-z0-9._]+|-{2,}");

    private SafeName() {}

    /** The name in {@code [A-Za-z0-9._-]}, at most {@code longest} characters; {@code scene} if nothing is left of it. */
    public static String of(String name, int longest) {
        String plain = Normalizer.normalize(name, Normalizer.Form.NFKD).replaceAll("\\p{M}+", "");
        String safe = UNSAFE.matcher(plain).replaceAll("-").replaceAll("^[.-]+", "");
        String cut = safe.substring(0, Math.min(longest, safe.length())).replaceAll("[.-]+$", "");
        return cut.isEmpty() ? "scene" : cut;
    }
}
