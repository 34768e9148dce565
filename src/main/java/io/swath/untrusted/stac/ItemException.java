package io.swath.untrusted.stac;

import io.swath.model.RejectedException;
import io.swath.model.Rejection;

/** A STAC Item that cannot be used. */
public final class ItemException extends RejectedException {
    private static final long serialVersionUID = 1L;

    /**
     * @param field where in the Item, such as {@code assets.red.href}; empty where it is the whole
     * @param rule the rule that it breaks, in a few words with dashes; the same for the same fault
     * @param what what was found instead, a sentence without its full stop
     * @param remedy what to do now, a sentence
     */
    public ItemException(String field, String rule, String what, String remedy) {
        super((field.isEmpty() ? "" : field + ": ") + what + ". " + remedy, new Rejection(rule, field, what, remedy));
    }
}
