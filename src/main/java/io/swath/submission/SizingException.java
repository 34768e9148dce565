package io.swath.submission;

/** No partition can give what a recipe asks for: the message names the recipe, the field, the rule and the remedy. */
public final class SizingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SizingException(String message) {
        super(message);
    }
}
