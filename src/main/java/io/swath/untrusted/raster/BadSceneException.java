package io.swath.untrusted.raster;

import io.swath.model.RejectedException;
import io.swath.model.Rejection;
import java.nio.file.Path;

/** A scene is invalid or does not fit its recipe. Inspecting it again gives the same result. */
public final class BadSceneException extends RejectedException {
    /** The rule that a file breaks which shows by itself that more of it must come: it may be an upload that pauses. */
    public static final String INCOMPLETE = "file-is-complete";

    private static final long serialVersionUID = 1L;

    /**
     * @param file the file or folder that the message names
     * @param rule the rule that the scene breaks, as words with dashes; one for each kind of fault
     * @param what what was found instead, a sentence without its full stop
     * @param remedy what to do now, a sentence
     */
    public BadSceneException(Path file, String rule, String what, String remedy) {
        super(
                "Tried to inspect " + file.getFileName() + " but " + what + ". " + remedy,
                new Rejection(rule, "", what, remedy));
    }

    /** Whether the file may only be an upload that has not ended. */
    public boolean isIncomplete() {
        return rejection().rule().equals(INCOMPLETE);
    }
}
