package io.swath.model;

/**
 * Something that came from outside cannot be used, by its own fault: trying again changes nothing until it is another.
 * Each room that looks at such things has its own kind of it.
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

    /** Which field of it; empty where it is the whole. */
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
