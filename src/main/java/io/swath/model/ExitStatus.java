package io.swath.model;

import java.util.Optional;

/**
 * How a task's script ended. Empty if it has not ended, or if this is not known. Immutable.
 *
 * @param code the exit code
 * @param signal the signal that ended the script, 0 for none
 */
public record ExitStatus(Optional<Integer> code, Optional<Integer> signal) {
    /** Nothing is known. */
    public static final ExitStatus NONE = new ExitStatus(Optional.empty(), Optional.empty());
}
