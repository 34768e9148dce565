package io.swath.cluster.slurm;

import java.time.Duration;
import java.util.stream.Collectors;

/**
 * Writes a command as one line for the POSIX shell of a login node, because SSH passes one line and not separate words.
 * Stateless.
 *
 * <p>Every word is in single quotes, so the shell treats none of its characters as special. The search path and
 * {@code SLURM_CONF} are those of the login node, because Slurm is often installed outside the usual folders.
 * {@code timeout} (timeout(1)) ends the command on the login node when Swath no longer waits for it.
 */
public final class ShellLine {
    private static final Duration GRACE = Duration.ofSeconds(5);

    private ShellLine() {}

    /** The line for a command that the login node ends after the given time. */
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
