package io.swath.untrusted;

import io.swath.model.RejectedException;
import io.swath.model.Rejection;

/** A message that cannot be used: delivering it again changes nothing. */
public final class BadMessageException extends RejectedException {
    private static final long serialVersionUID = 1L;

    public BadMessageException(Rejection rejection) {
        super(rejection.text(), rejection);
    }
}
