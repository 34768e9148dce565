package io.swath.arrival.folder;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What a look at one inbox entry found. Use {@link #path} to reach the entry: a name that is not valid text cannot be
 * turned back into a path.
 */
public sealed interface Candidate {
    Path path();

    /**
     * A complete scene.
     *
     * @param marker the file that declared the scene complete; it is removed when the scene is accepted
     */
    record Ready(Path path, Optional<Path> marker) implements Candidate {}

    /**
     * An entry that is not complete yet, or that Swath cannot use yet.
     *
     * @param missing what the entry waits for
     * @param counted whether this wait counts towards the patience; false when the sender cannot end the wait
     */
    record Waiting(Path path, String missing, boolean counted) implements Candidate {}

    /**
     * An entry that cannot be a scene.
     *
     * @param rule the rule that the entry breaks, in a few words with dashes
     * @param what what was found instead, a sentence without its full stop
     * @param remedy what to do now, a sentence
     */
    record Rejected(Path path, String rule, String what, String remedy) implements Candidate {}
}
