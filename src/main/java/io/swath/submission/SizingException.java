package io.swath.submission;

/** No partition can give what a recipe asks for. The message names the recipe and the field, and says what to do. */
public final class SizingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SizingException(String message) {
        super(message);
    }
}
