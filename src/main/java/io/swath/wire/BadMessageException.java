package io.swath.wire;

import io.swath.model.Refusal;

/** A message cannot be used, by its own fault: delivering it again changes nothing. */
public final class BadMessageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Refusal refusal;

    public BadMessageException(Refusal refusal) {
        super(refusal.text());
        this.refusal = refusal;
    }

    public Refusal refusal() {
        return refusal;
    }
}
