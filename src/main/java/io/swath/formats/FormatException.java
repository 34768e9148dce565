package io.swath.formats;

import io.swath.model.RejectedException;
import io.swath.model.Rejection;
import io.swath.untrusted.Texts;
import io.swath.untrusted.stac.ItemReader;
import java.nio.file.Path;

/** A product breaks a rule of its kind, or is of no kind that Swath reads. */
public final class FormatException extends RejectedException {
    private static final long serialVersionUID = 1L;
    private static final int LONGEST_SHOWN = 200;
    /** The rule that a folder with several scenes breaks; a {@code mosaic.yaml} in it makes them parts of one. */
    public static final String SEVERAL = "folder-has-one-scene";

    static final String SEVERAL_REMEDY = "Deliver each scene in a folder or an archive of its own, or list them in a"
            + " mosaic.yaml for a recipe that takes mosaics.";

    /**
     * @param field the file or the element that breaks the rule; empty for the product as a whole
     * @param rule the rule that is broken, in a few words with dashes
     * @param what what was found instead, a sentence without its full stop
     * @param remedy what to do now, a sentence
     */
    public FormatException(String field, String rule, String what, String remedy) {
        super((field.isEmpty() ? "" : field + ": ") + what + ". " + remedy, new Rejection(rule, field, what, remedy));
    }

    static FormatException incomplete(Path file, String element) {
        return new FormatException(
                file.toString(),
                "metadata-are-complete",
                "it has no " + element,
                "Deliver the product as its producer made it; do not edit its metadata.");
    }

    /** The Item of the product would be larger than planning reads. */
    static FormatException tooLarge() {
        return new FormatException(
                "",
                "product-is-small",
                "its files and bands are too many for a STAC Item, which may have " + ItemReader.MOST_ASSETS
                        + " files and " + (ItemReader.MOST_BYTES >> 20) + " MiB",
                "Deliver it in parts, or describe the bands that a recipe reads in a scene.yaml.");
    }

    static FormatException several(String kind, String first, String second) {
        return new FormatException(
                "",
                SEVERAL,
                "it holds several scenes of the kind " + kind + ": " + Texts.shown(first, LONGEST_SHOWN) + " and "
                        + Texts.shown(second, LONGEST_SHOWN),
                SEVERAL_REMEDY);
    }
}
