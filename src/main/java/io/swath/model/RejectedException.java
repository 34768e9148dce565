package io.swath.model;

/**
 * Input from outside (a scene, a message, a STAC Item) was rejected, because it breaks a rule. A retry with the same
 * input fails again. Each package that checks input has its own subclass.
 */
public abstract class RejectedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Rejection rejection;

    protected RejectedException(String message, Rejection rejection) {
        super(message);
        this.rejection = rejection;
    }

    public final Rejection rejection() {
        return rejection;
    }

    public final String rule() {
        return rejection.rule();
    }

    /** The field that breaks the rule; empty if the input as a whole breaks it. */
    public final String field() {
        return rejection.field();
    }

    public final String what() {
        return rejection.what();
    }

    public final String remedy() {
        return rejection.remedy();
    }
}
