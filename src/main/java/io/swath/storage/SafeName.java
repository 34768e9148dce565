package io.swath.storage;

import java.text.Normalizer;
import java.util.regex.Pattern;

/** Makes names that are safe everywhere out of names that may hold anything. */
public final class SafeName {
    private static final Pattern UNSAFE = Pattern.compile("[^A-Za-z0-9._]+|-{2,}");

    private SafeName() {}

    /** The name in {@code [A-Za-z0-9._-]} alone, at most so long; {@code scene} where nothing is left of it. */
    public static String of(String name, int longest) {
        String plain = Normalizer.normalize(name, Normalizer.Form.NFKD).replaceAll("\\p{M}+", "");
        String safe = UNSAFE.matcher(plain).replaceAll("-").replaceAll("^[.-]+", "");
        String cut = safe.substring(0, Math.min(longest, safe.length())).replaceAll("[.-]+$", "");
        return cut.isEmpty() ? "scene" : cut;
    }
}
