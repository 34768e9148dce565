package io.swath.untrusted;

import io.swath.model.RejectedException;
import io.swath.model.Rejection;

/** A JMS message breaks a rule. Delivering it again gives the same result. */
public final class BadMessageException extends RejectedException {
    private static final long serialVersionUID = 1L;

    public BadMessageException(Rejection rejection) {
        super(rejection.text(), rejection);
    }
}
