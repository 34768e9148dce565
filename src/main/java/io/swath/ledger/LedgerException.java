package io.swath.ledger;

/** The ledger cannot be opened. The message names it, what is lost, and what to do. */
public final class LedgerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LedgerException(String message, Throwable cause) {
        super(message, cause);
    }
}
