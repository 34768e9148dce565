package io.swath.arrival;

import io.swath.model.RejectedException;
import io.swath.model.Rejection;

/** What was handed in cannot be a scene. */
public final class RejectedSceneException extends RejectedException {
    private static final long serialVersionUID = 1L;

    /**
     * @param field what named it, such as {@code path} or {@code assets.red.href}; empty where it is the whole
     * @param rule the rule that it breaks, in a few words with dashes; the same for the same fault
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
