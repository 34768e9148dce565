package io.swath.wire;

import io.swath.model.Refusal;
import io.swath.model.RefusedException;

/** A message that cannot be used: delivering it again changes nothing. */
public final class BadMessageException extends RefusedException {
    private static final long serialVersionUID = 1L;

    public BadMessageException(Refusal refusal) {
        super(refusal.text(), refusal);
    }
}
