package io.swath.arrival;

import io.swath.model.RejectedException;
import io.swath.model.Rejection;

/** The files or the Item that arrived cannot be a scene. */
public final class RejectedSceneException extends RejectedException {
    private static final long serialVersionUID = 1L;

    /**
     * @param field the field that breaks the rule, such as {@code path} or {@code assets.red.href}; empty for the scene as
     *     a whole
     * @param rule the rule that is broken, in a few words with dashes
     * @param what what was found instead, a sentence without its full stop
     * @param remedy what to do now, a sentence
     */
    public RejectedSceneException(String field, String rule, String what, String remedy) {
        this(new Rejection(rule, field, what, remedy));
    }

    public RejectedSceneException(Rejection why) {
        super(
                why.rule() + ": " + (why.field().isEmpty() ? "" : why.field() + ": ") + why.what() + ". "
                        + why.remedy(),
                why);
    }
}
