package io.swath.arrival.folder;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** What lies in an inbox. Work with the path itself: its text may not lead back to the file. */
public sealed interface Candidate {
    Path path();

    /**
     * A complete scene.
     *
     * @param marker the file that said so, to be removed once the scene is taken
     */
    record Ready(Path path, Optional<Path> marker) implements Candidate {}

    /**
     * Perhaps a scene later on.
     *
     * @param since when it was first seen, by this program since its start
     * @param missing what it waits for
     */
    record Waiting(Path path, Instant since, String missing) implements Candidate {}

    /**
     * Complete, and nothing that can be a scene.
     *
     * @param rule the rule that it breaks, in a few words with dashes
     * @param what what it is instead, a sentence without its full stop
     * @param remedy what to do now, a sentence
     */
    record Rejected(Path path, String rule, String what, String remedy) implements Candidate {}
}
