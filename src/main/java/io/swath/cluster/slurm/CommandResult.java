package io.swath.cluster.slurm;

/**
 * The result of a command that has ended.
 *
 * @param exit its exit status; 124 or 137 when {@code timeout} ended it (timeout(1))
 * @param stdout empty when the lines were passed on while the command ran
 */
public record CommandResult(int exit, String stdout, String stderr) {
    /** The error text, on one line and short enough for a message. */
    String errorText() {
        String text = (stderr.isBlank() ? stdout : stderr).strip().replaceAll("\\s+", " ");
        String shortened = text.length() > 500 ? text.substring(0, 500) + "…" : text;
        return shortened.isEmpty() ? "exit status " + exit : shortened + " (exit status " + exit + ")";
    }
}
