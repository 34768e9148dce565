package io.swath.cluster.slurm;

import io.swath.model.LeadershipLostException;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets commands run only while their sender is the leader. A file contains the leader's fencing token. The machine that
 * runs a command compares the sender's token with the file right before the command, because the sender may have been
 * paused since its last check. Immutable.
 *
 * @param file the path on the machine that runs the commands; it contains one token on a line, and each new leader
 *     replaces it as a whole
 * @param token the fencing token of the sender
 */
public record Fence(String file, long token) {
    private static final int LOST = 78;
    private static final String MARKER = "swath: leadership lost";
    private static final String SCRIPT = "{ read -r now <\"$1\"; } 2>/dev/null; [ \"$now\" = \"$2\" ] || "
            + "{ echo \"" + MARKER + ": $1 has the fencing token ${now:-(unreadable)}, not $2\" >&2; exit " + LOST
            + "; }; shift 2; exec \"$@\"";

    /** The same command, with the comparison of the tokens before it. */
    Command wrap(Command command) {
        List<String> argv = new ArrayList<>(List.of("sh", "-c", SCRIPT, "sh", file, String.valueOf(token)));
        argv.addAll(command.argv());
        return new Command(argv, command.description());
    }

    /**
     * Returns the result of a command that was run.
     *
     * @throws LeadershipLostException when the tokens differed, so that the command was not run
     */
    CommandResult requirePassed(Command command, CommandResult result) {
        if (result.exit() == LOST && result.stderr().contains(MARKER)) {
            throw new LeadershipLostException("Tried to " + command.description() + ", but " + result.errorText());
        }
        return result;
    }
}
