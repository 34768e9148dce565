package io.swath.planning;

import java.nio.file.Path;

/** A scene that cannot be processed by its own fault: trying again changes nothing until the scene is another. */
public final class BadSceneException extends RuntimeException {
    private final String file;
    private final String rule;
    private final String what;
    private final String remedy;

    /**
     * @param file whose name the message carries
     * @param rule the rule that it broke, in a few words with dashes; the same for the same fault
     * @param what what was found instead, a sentence without its full stop
     * @param remedy what to do now, a sentence
     */
    public BadSceneException(Path file, String rule, String what, String remedy) {
        super("Tried to look into " + file.getFileName() + " but " + what + ". " + remedy);
        this.file = String.valueOf(file.getFileName());
        this.rule = rule;
        this.what = what;
        this.remedy = remedy;
    }

    public String file() {
        return file;
    }

    public String rule() {
        return rule;
    }

    public String what() {
        return what;
    }

    public String remedy() {
        return remedy;
    }
}
