package io.swath.stac;

import io.swath.model.Refusal;
import io.swath.model.RefusedException;

/** A STAC Item that cannot be used. */
public final class ItemException extends RefusedException {
    private static final long serialVersionUID = 1L;

    /**
     * @param field where in the Item, such as {@code assets.red.href}; empty where it is the whole
     * @param rule the rule that it breaks, in a few words with dashes; the same for the same fault
     * @param what what was found instead, a sentence without its full stop
     * @param remedy what to do now, a sentence
     */
    public ItemException(String field, String rule, String what, String remedy) {
        super((field.isEmpty() ? "" : field + ": ") + what + ". " + remedy, new Refusal(rule, field, what, remedy));
    }
}
