package io.swath.cluster.slurm;

import java.util.regex.Pattern;

/**
 * The result of a command that has ended.
 *
 * @param exit its exit status; 124 or 137 when {@code timeout} ended it (timeout(1))
 * @param stdout empty when the lines were passed on while the command ran
 */
public record CommandResult(int exit, String stdout, String stderr) {
    private static final int LONGEST = 500;
    private static final Pattern COLOUR = Pattern.compile("\u001b\\[[0-9;?]*[ -/]*[@-~]");
    private static final Pattern BREAKS = Pattern.compile("[\\s\\p{Cntrl}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}]+");

    /**
     * All that the command printed about its failure, on one line and short enough for a message: without colours and
     * other control characters. It ends with the exit status.
     */
    String errorText() {
        String text = clean(stderr.isBlank() ? stdout : stderr);
        String shortened = text.codePointCount(0, text.length()) > LONGEST
                ? text.substring(0, text.offsetByCodePoints(0, LONGEST)) + "…"
                : text;
        return shortened.isEmpty() ? "exit status " + exit : shortened + " (exit status " + exit + ")";
    }

    /** The text on one line, without colours and other control characters. */
    static String clean(String text) {
        return BREAKS.matcher(COLOUR.matcher(text).replaceAll(""))
                .replaceAll(" ")
                .strip();
    }
}
