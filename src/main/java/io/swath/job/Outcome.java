package io.swath.job;

import java.util.Arrays;

/**
 * How a task ended, as its evidence says in the field {@code outcome}. The words are fixed: nodes may still run a job
 * script that an older Swath wrote.
 *
 * <p>{@code job.sh.template} holds the same words; a test compares the two.
 */
public enum Outcome {
    /** The output is in place. */
    OK("ok"),
    /** The tile holds no valid pixel: a success without an output. */
    EMPTY("empty"),
    /** The script failed with an exit code of its own. */
    EXIT("exit"),
    /** The scene's own pixels cannot be read, by the script or by GDAL. */
    UNREADABLE("unreadable"),
    /** A file of the scene is not the one that was planned any more. */
    INPUT_CHANGED("input-changed"),
    /** The script ended well, but its output is missing or unusable. */
    BAD_OUTPUT("bad-output"),
    /** The GPU had too little memory. */
    GPU_OUT_OF_MEMORY("gpu-out-of-memory"),
    /** Slurm warned that the time limit is near. A later outcome replaces this one, unless the task is killed first. */
    TIME_WARNING("time-warning"),
    /** The task received SIGTERM. */
    TERMINATED("terminated"),
    /** The output of the step before, or a tile that the assembly needs, is missing. */
    NOT_READY("not-ready"),
    /** What an earlier step made of the tile is not what its evidence says, or its evidence is lost. */
    EARLIER_CHANGED("earlier-changed"),
    /** What the preparation made is missing, or is not what its evidence said. */
    NOT_PREPARED("not-prepared"),
    /** The assembly found tiles that are not what their evidence says. */
    BAD_TILES("bad-tiles"),
    /** A word that this Swath does not know, or no word. It explains nothing, so only the exit code counts. */
    UNKNOWN("");

    private final String word;

    Outcome(String word) {
        this.word = word;
    }

    /** The word in the evidence. */
    public String word() {
        return word;
    }

    /** Whether the task did its work. */
    public boolean success() {
        return this == OK || this == EMPTY;
    }

    /** The constant for a word; {@link #UNKNOWN} for every word that is not listed. */
    public static Outcome of(String word) {
        return Arrays.stream(values())
                .filter(outcome -> outcome.word.equals(word))
                .findFirst()
                .orElse(UNKNOWN);
    }
}
