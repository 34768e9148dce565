package io.swath.untrusted.stac;

import io.swath.untrusted.Texts;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Resolves an asset's href, which is a URI reference (<a href="https://www.rfc-editor.org/rfc/rfc3986">RFC 3986</a>), though
 * many Items have plain paths there: a relative or absolute path, perhaps percent-encoded, or a {@code file:} URL. Of an
 * address in a network, the file of the same name beside the Item is taken; Swath fetches nothing. GDAL's /vsi paths are
 * rejected.
 */
final class Href {
    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):.*", Pattern.DOTALL);
    private static final Pattern NETWORK = Pattern.compile(
            "(?is)(https?|s3|gs|gcs|az|abfss?|wasbs?|oss|cos|swift|ftps?|sftp):/{0,2}[^/?#]*/([^?#]*/)?([^/?#]+)([?#].*)?");

    private static final Pattern LANDSAT_METADATA = Pattern.compile("(?is).+_MTL\\.(txt|json|xml)");

    private static final int LONGEST_SHOWN = 200;

    private Href() {}

    /** Whether an href is the address of a file in a network. */
    static boolean isAddress(String href) {
        return NETWORK.matcher(href).matches();
    }

    /** Whether the file is an MTL file of Landsat, by its name. */
    static boolean isLandsatMetadata(String href) {
        return LANDSAT_METADATA.matcher(name(href)).matches();
    }

    /** The file's name in an href, without query and fragment where the whole is an address. */
    static String name(String href) {
        var address = NETWORK.matcher(href);
        String name = address.matches() ? address.group(3) : href;
        return name.replaceFirst("(?is)(\\.tiff?)[?#].*$", "$1");
    }

    /**
     * The file that an href names. Of several readings, the first whose file is there counts: the text as it is, then
     * without percent-encoding, then without query and fragment, each also with its letters composed in another way
     * (Unicode NFC and NFD).
     */
    static Path resolve(String field, String href, Path base) {
        if (href.isEmpty()) {
            throw new ItemException(field, "asset-has-href", "it is missing or empty", "Name the file there.");
        }
        String lower = href.toLowerCase(Locale.ROOT);
        var address = NETWORK.matcher(href);
        if (lower.startsWith("file:")) {
            return path(field, href, ofUri(field, href), base);
        }
        if (address.matches() && (name(href).matches("(?is).*\\.tiff?") || isLandsatMetadata(href))) {
            return beside(field, href, address.group(3), base);
        }
        if (SCHEME.matcher(href).matches() || lower.startsWith("//") || lower.startsWith("/vsi")) {
            throw new ItemException(
                    field,
                    "href-is-a-file",
                    "it is " + Texts.shown(href, LONGEST_SHOWN) + ", which is not a file on the storage",
                    "Copy the file onto the storage and name it by its path.");
        }
        return first(field, href, readings(href), base);
    }

    /** The file of that name beside the Item; the name of an address must lead nowhere else. */
    private static Path beside(String field, String href, String name, Path base) {
        List<String> names = readings(name).stream()
                .filter(reading -> reading.indexOf('/') < 0 && reading.indexOf('\0') < 0)
                .toList();
        return first(field, href, names.isEmpty() ? List.of(name) : names, base);
    }

    private static Path first(String field, String href, List<String> readings, Path base) {
        Path literal = path(field, href, readings.get(0), base);
        if (Files.exists(literal, LinkOption.NOFOLLOW_LINKS)) {
            return literal;
        }
        Path last = literal;
        for (String reading : readings.subList(1, readings.size())) {
            last = path(field, href, reading, base);
            if (Files.exists(last, LinkOption.NOFOLLOW_LINKS)) {
                return last;
            }
        }
        return readings.size() > 1 ? path(field, href, readings.get(1), base) : literal;
    }

    private static List<String> readings(String href) {
        Set<String> readings = new LinkedHashSet<>();
        readings.add(href);
        readings.add(decoded(href));
        String bare = href.replaceFirst("(?s)(?<=.)[?#].*$", "");
        readings.add(bare);
        readings.add(decoded(bare));
        for (String reading : List.copyOf(readings)) {
            readings.add(Normalizer.normalize(reading, Normalizer.Form.NFC));
            readings.add(Normalizer.normalize(reading, Normalizer.Form.NFD));
        }
        return new ArrayList<>(readings);
    }

    /** The text without percent-encoding; unchanged where that is no encoding of UTF-8. */
    private static String decoded(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        byte[] raw = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(raw.length);
        for (int at = 0; at < raw.length; at++) {
            int high = at + 2 < raw.length ? Character.digit(raw[at + 1], 16) : -1;
            int low = at + 2 < raw.length ? Character.digit(raw[at + 2], 16) : -1;
            boolean escape = raw[at] == '%' && high >= 0 && low >= 0;
            bytes.put(escape ? (byte) (high * 16 + low) : raw[at]);
            at += escape ? 2 : 0;
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException otherEncoding) {
            return text;
        }
    }

    private static Path path(String field, String href, String path, Path base) {
        try {
            Path parsed = Path.of(path);
            for (Path part : parsed) {
                if (part.toString().equals("..")) {
                    throw new ItemException(
                            field,
                            "href-goes-down",
                            "it has .. in it: " + Texts.shown(href, LONGEST_SHOWN),
                            "Name the file by its absolute path, or put it beside the Item or below it.");
                }
            }
            return base.toAbsolutePath().resolve(parsed).normalize();
        } catch (InvalidPathException impossible) {
            throw new ItemException(
                    field,
                    "href-is-a-file",
                    "it is not a valid path: " + Texts.shown(href, LONGEST_SHOWN),
                    "Name a file there.");
        }
    }

    private static String ofUri(String field, String href) {
        try {
            URI uri = new URI(href);
            String host = uri.getHost() == null ? "" : uri.getHost();
            if (uri.getPath() != null
                    && uri.getPath().startsWith("/")
                    && (host.isEmpty() || host.equalsIgnoreCase("localhost"))
                    && uri.getQuery() == null
                    && uri.getFragment() == null) {
                return uri.getPath();
            }
        } catch (URISyntaxException impossible) {
            // Rejected below: it names no file.
        }
        throw new ItemException(
                field,
                "href-is-a-file",
                "it is not the URL of a file on this machine: " + Texts.shown(href, LONGEST_SHOWN),
                "Write file:///path, spaces and the like as %20, or the plain path.");
    }
}
