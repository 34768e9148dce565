package io.swath.cluster.slurm;

/**
 * How a command ended.
 *
 * @param exit its exit status; 124 and 137 where {@code timeout} has ended it
 * @param stdout empty where the lines were handed on as they came
 */
public record CommandResult(int exit, String stdout, String stderr) {
    /** What it complained of, on one line and not too long for a message. */
    String complaint() {
        String text = (stderr.isBlank() ? stdout : stderr).strip().replaceAll("\\s+", " ");
        String shortened = text.length() > 500 ? text.substring(0, 500) + "…" : text;
        return shortened.isEmpty() ? "exit status " + exit : shortened + " (exit status " + exit + ")";
    }
}
