package io.swath.formats;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.untrusted.stac.Checksum;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One file of a product. Immutable, except for {@code fields}, which callers must not change.
 *
 * @param key its name in the Item
 * @param file relative to the product's folder: where it is, or where it belongs while it is missing
 * @param found its size in bytes; empty while it is missing
 * @param size what the product's own list says of its size
 * @param checksum what the product's own list says of its content
 * @param bands empty for a file without pixels
 * @param companions keys of the files that are needed to understand this one, such as its RPC
 * @param always whether every recipe needs it, because it says what the product is
 * @param fields its further fields in the Item
 */
public record ProductAsset(
        String key,
        Path file,
        OptionalLong found,
        OptionalLong size,
        Optional<Checksum> checksum,
        List<ProductBand> bands,
        List<String> companions,
        boolean always,
        ObjectNode fields) {
    public ProductAsset {
        bands = List.copyOf(bands);
        companions = List.copyOf(companions);
    }

    /** Whether it is there, with the size that the product's own list says. */
    public boolean complete() {
        return found.isPresent() && found.getAsLong() > 0 && (size.isEmpty() || size.equals(found));
    }

    /** What is wrong with the file; empty when it is not there, or complete. */
    public String difference() {
        if (found.isEmpty() || complete()) {
            return "";
        }
        return found.getAsLong() == 0
                ? "it is empty"
                : "it has " + found.getAsLong() + " bytes instead of " + size.orElse(0);
    }
}
