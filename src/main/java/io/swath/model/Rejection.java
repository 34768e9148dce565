package io.swath.model;

/**
 * Why input from outside was rejected. Immutable.
 *
 * @param rule the rule that the input breaks, a few words with dashes, such as {@code recipe-exists}
 * @param field the field that breaks the rule; empty if the input as a whole breaks it
 * @param what what is wrong: a sentence without its full stop
 * @param remedy what to do now: a sentence
 */
public record Rejection(String rule, String field, String what, String remedy) {
    /** The rule and what is wrong. */
    public String reason() {
        return rule + ": " + what;
    }

    /** The rule, what is wrong and the remedy in one text. It is the reason of a rejected scene. */
    public String text() {
        return reason() + ". " + remedy;
    }
}
