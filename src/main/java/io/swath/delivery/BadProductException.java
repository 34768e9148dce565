package io.swath.delivery;

/** A product that cannot be delivered however often it is tried, because of what the scene's jobs wrote. */
final class BadProductException extends Exception {
    private static final long serialVersionUID = 1L;

    BadProductException(String what, Throwable cause) {
        super(what, cause);
    }

    BadProductException(String what) {
        super(what);
    }
}
