package io.swath.model;

/**
 * Why something that came from outside cannot be used.
 *
 * @param rule the rule that it breaks, in a few words with dashes
 * @param field the field that breaks it; empty where it is the whole
 * @param what what is wrong, a sentence without its full stop
 * @param remedy what to do now, a sentence
 */
public record Rejection(String rule, String field, String what, String remedy) {
    /** The rule and what is wrong. */
    public String reason() {
        return rule + ": " + what;
    }

    /** All of it in one text, as a rejected scene's reason. */
    public String text() {
        return reason() + ". " + remedy;
    }
}
