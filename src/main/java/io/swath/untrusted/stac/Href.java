package io.swath.untrusted.stac;

import io.swath.untrusted.Texts;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;

/** Resolves an asset's href: a relative or absolute path, or a file: URL. Network URLs and GDAL's /vsi paths are rejected. */
final class Href {
    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):.*", Pattern.DOTALL);

    private static final int LONGEST_SHOWN = 200;

    private Href() {}

    static Path resolve(String field, String href, Path base) {
        if (href.isEmpty()) {
            throw new ItemException(field, "asset-has-href", "it is missing or empty", "Name the file there.");
        }
        String lower = href.toLowerCase(Locale.ROOT);
        String path = href;
        if (lower.startsWith("file:")) {
            path = ofUri(field, href);
        } else if (SCHEME.matcher(href).matches() || lower.startsWith("//") || lower.startsWith("/vsi")) {
            throw new ItemException(
                    field,
                    "href-is-a-file",
                    "it is " + Texts.shown(href, LONGEST_SHOWN) + ", which is not a file on the storage",
                    "Copy the file onto the storage and name it by its path.");
        }
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
