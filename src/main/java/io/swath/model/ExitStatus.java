package io.swath.model;

import java.util.Optional;

/**
 * How a task's script ended. Empty while it has not ended, or where nobody knows. Immutable.
 *
 * @param code the exit code
 * @param signal the signal that ended it, 0 for none
 */
public record ExitStatus(Optional<Integer> code, Optional<Integer> signal) {
    /** Nothing known. */
    public static final ExitStatus NONE = new ExitStatus(Optional.empty(), Optional.empty());
}
