package io.swath.formats;

import java.io.IOException;
import java.util.Optional;

/** One kind of scene. Implementations have no state. */
interface SceneFormat {
    /** The kind's name, as {@code accepts} of a recipe has it. */
    String kind();

    /**
     * Recognises a product by its content, never by names that a download may change.
     *
     * @return empty when the folder holds no product of this kind; a product of which files are missing is one
     * @throws FormatException when it is of this kind and cannot be used
     * @throws IOException when it cannot be read now
     */
    Optional<Product> read(ProductFolder folder) throws IOException;
}
