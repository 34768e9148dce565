package io.swath.model;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * One setting: its key, its default and its description, on the component of a settings record that holds its value.
 *
 * <p>The type of the component decides how the text is read. A {@link Secret} may also be given in a file, with the key
 * and {@code -file}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Setting {
    String key();

    /** The default as text, as a settings file has it. */
    String byDefault() default "";

    /** What the setting does, in one to three sentences; the comment in {@code config/application.properties}. */
    String help();

    /** Which numbers are valid, for a component of type {@code double}. */
    Range range() default Range.FACTOR;

    /** A range of numbers. */
    enum Range {
        /** From 1 to 100. */
        FACTOR,
        /** Above 0, up to 1. */
        SHARE,
        /** From 0.001 to 0.5. */
        RISK
    }
}
