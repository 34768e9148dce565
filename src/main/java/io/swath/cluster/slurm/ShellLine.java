package io.swath.cluster.slurm;

import java.time.Duration;
import java.util.stream.Collectors;

/**
 * A command as one line for the POSIX shell of a login node, where words cannot be handed over apart.
 *
 * <p>Every word stands in single quotes, in which a shell knows no special characters. The search path is the login
 * node's own, since Slurm is often installed beside the usual places; so is {@code SLURM_CONF}. {@code timeout} ends
 * the command over there when nobody waits for it any more.
 */
public final class ShellLine {
    private static final Duration GRACE = Duration.ofSeconds(5);

    private ShellLine() {}

    /** The line for a command that is to be ended, over there, after the given time. */
    public static String of(Command command, Duration limit) {
        String words = command.argv().stream().map(ShellLine::quote).collect(Collectors.joining(" "));
        return "env -i PATH=\"$PATH:/usr/local/bin:/usr/bin:/bin\" HOME=\"$HOME\" USER=\"$USER\" LOGNAME=\"$LOGNAME\""
                + " ${SLURM_CONF:+\"SLURM_CONF=$SLURM_CONF\"}"
                + " LANG=C.UTF-8 TZ=UTC SLURM_BITSTR_LEN=0"
                + " timeout -k " + GRACE.toSeconds() + " " + Math.max(1, limit.toSeconds()) + " " + words;
    }

    /** The word in single quotes; a single quote within it as {@code '\''}. */
    static String quote(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }
}
