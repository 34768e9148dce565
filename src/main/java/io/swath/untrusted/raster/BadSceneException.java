package io.swath.untrusted.raster;

import io.swath.model.RejectedException;
import io.swath.model.Rejection;
import java.nio.file.Path;

/** A scene that cannot be processed. */
public final class BadSceneException extends RejectedException {
    private static final long serialVersionUID = 1L;

    /**
     * @param file whose name the message carries
     * @param rule the rule that it broke, in a few words with dashes; the same for the same fault
     * @param what what was found instead, a sentence without its full stop
     * @param remedy what to do now, a sentence
     */
    public BadSceneException(Path file, String rule, String what, String remedy) {
        super(
                "Tried to look into " + file.getFileName() + " but " + what + ". " + remedy,
                new Rejection(rule, "", what, remedy));
    }
}
