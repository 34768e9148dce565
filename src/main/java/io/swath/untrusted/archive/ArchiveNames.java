package io.swath.untrusted.archive;

import io.swath.untrusted.Texts;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Checks the names in one archive, so that each file has a place of its own below one folder. Not thread-safe. */
final class ArchiveNames {
    private static final int LONGEST_PART = 255;
    /** What macOS adds to archives. */
    private static final String MACOS = "__MACOSX";

    private final ArchiveLimits limits;
    private final Set<Path> files = new HashSet<>();
    private final Set<Path> folders = new HashSet<>();

    ArchiveNames(ArchiveLimits limits) {
        this.limits = limits;
    }

    /**
     * The place of a file.
     *
     * @return relative, with no {@code ..}; empty for a file that no product needs
     * @throws ArchiveException when the name breaks a rule, or another file has it
     */
    Optional<Path> place(String name) {
        String slashed = name.contains("/") ? name : name.replace('\\', '/'); // as some programs for Windows write it
        if (slashed.startsWith("/") || slashed.matches("(?s)[A-Za-z]:/.*") || !Texts.printable(slashed)) {
            throw bad(name, "is no relative name of printable characters");
        }
        List<String> parts = new ArrayList<>();
        for (String part : slashed.split("/")) {
            if (part.equals("..") || part.getBytes(StandardCharsets.UTF_8).length > LONGEST_PART) {
                throw bad(name, part.equals("..") ? "leads out of the archive" : "is too long");
            }
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        if (parts.isEmpty() || parts.size() > limits.depth()) {
            throw bad(name, parts.isEmpty() ? "is empty" : "is nested deeper than " + limits.depth() + " folders");
        }
        if (parts.get(0).equals(MACOS)) {
            return Optional.empty();
        }
        Path place = Path.of(parts.get(0), parts.subList(1, parts.size()).toArray(String[]::new));
        add(name, place);
        return Optional.of(place);
    }

    private void add(String name, Path place) {
        if (!files.add(place) || folders.contains(place)) {
            throw bad(name, "is there twice");
        }
        for (Path folder = place.getParent(); folder != null; folder = folder.getParent()) {
            folders.add(folder);
            if (files.contains(folder)) {
                throw bad(name, "is below another file");
            }
        }
        if (files.size() > limits.files()) {
            throw tooMany(limits);
        }
    }

    static ArchiveException tooMany(ArchiveLimits limits) {
        return new ArchiveException(
                "archive-has-few-files",
                "the archive has more than " + limits.files() + " files",
                "Deliver one product in an archive.");
    }

    private static ArchiveException bad(String name, String how) {
        return new ArchiveException(
                "archive-names-are-plain",
                "the name " + Texts.shown(name, 100) + " in the archive " + how,
                "Pack the product anew from its own folder, as its producer did.");
    }
}
