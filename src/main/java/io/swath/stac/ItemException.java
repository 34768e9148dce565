package io.swath.stac;

/** A STAC Item that cannot be used by its own fault: reading it again changes nothing until it is another. */
public final class ItemException extends RuntimeException {
    private final String field;
    private final String rule;
    private final String what;
    private final String remedy;

    /**
     * @param field where in the Item, such as {@code assets.red.href}; empty where it is the whole
     * @param rule the rule that it breaks, in a few words with dashes; the same for the same fault
     * @param what what was found instead, a sentence without its full stop
     * @param remedy what to do now, a sentence
     */
    public ItemException(String field, String rule, String what, String remedy) {
        super((field.isEmpty() ? "" : field + ": ") + what + ". " + remedy);
        this.field = field;
        this.rule = rule;
        this.what = what;
        this.remedy = remedy;
    }

    public String field() {
        return field;
    }

    public String rule() {
        return rule;
    }

    public String what() {
        return what;
    }

    public String remedy() {
        return remedy;
    }
}
