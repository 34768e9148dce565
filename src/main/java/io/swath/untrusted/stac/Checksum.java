package io.swath.untrusted.stac;

import io.swath.untrusted.Texts;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A <a href="https://github.com/multiformats/multihash">multihash</a>, as in {@code file:checksum}.
 *
 * @param algorithm Java's name for it
 * @param hex the digest, in lower case
 */
public record Checksum(String algorithm, String hex) {
    /** The start of the hex text (code and length in bytes, from the multicodec table), with Java's name. */
    private static final Map<String, String> KINDS = new LinkedHashMap<>();

    static {
        KINDS.put("1220", "SHA-256");
        KINDS.put("1340", "SHA-512");
        KINDS.put("2030", "SHA-384");
        KINDS.put("1114", "SHA-1");
        KINDS.put("1620", "SHA3-256");
        KINDS.put("1440", "SHA3-512");
        KINDS.put("d50110", "MD5");
    }

    /** @throws IllegalArgumentException when the algorithm is not a known one */
    public String multihash() {
        return KINDS.entrySet().stream()
                        .filter(kind -> kind.getValue().equals(algorithm))
                        .map(Map.Entry::getKey)
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException(algorithm))
                + hex;
    }

    static Checksum parse(String field, String multihash) {
        String hex = multihash.toLowerCase(Locale.ROOT);
        for (Map.Entry<String, String> kind : KINDS.entrySet()) {
            String start = kind.getKey();
            int digits = 2 * Integer.parseInt(start.substring(start.length() - 2), 16);
            if (hex.startsWith(start) && hex.length() == start.length() + digits && hex.matches("[0-9a-f]+")) {
                return new Checksum(kind.getValue(), hex.substring(start.length()));
            }
        }
        throw new ItemException(
                field,
                "checksum-can-be-checked",
                "it is not a multihash of a known kind: " + Texts.shown(multihash),
                "Give 1220 and the SHA-256 in hex (known are " + String.join(", ", KINDS.values())
                        + "), or leave the field out.");
    }
}
