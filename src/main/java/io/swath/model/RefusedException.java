package io.swath.model;

/**
 * Something that came from outside cannot be used, by its own fault: trying again changes nothing until it is another.
 * Each room that looks at such things has its own kind of it.
 */
public abstract class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Refusal refusal;

    protected RefusedException(String message, Refusal refusal) {
        super(message);
        this.refusal = refusal;
    }

    public final Refusal refusal() {
        return refusal;
    }

    public final String rule() {
        return refusal.rule();
    }

    /** Which field of it; empty where it is the whole. */
    public final String field() {
        return refusal.field();
    }

    public final String what() {
        return refusal.what();
    }

    public final String remedy() {
        return refusal.remedy();
    }
}
