package io.swath.untrusted.stac;

import io.swath.model.RejectedException;
import io.swath.model.Rejection;

/** A STAC Item is invalid or breaks a rule. Reading it again gives the same result. */
public final class ItemException extends RejectedException {
    private static final long serialVersionUID = 1L;

    /**
     * @param field where in the Item, such as {@code assets.red.href}; empty for the Item as a whole
     * @param rule the rule that the Item breaks, as words with dashes; one for each kind of fault
     * @param what what was found instead, a sentence without its full stop
     * @param remedy what to do now, a sentence
     */
    public ItemException(String field, String rule, String what, String remedy) {
        super((field.isEmpty() ? "" : field + ": ") + what + ". " + remedy, new Rejection(rule, field, what, remedy));
    }
}
