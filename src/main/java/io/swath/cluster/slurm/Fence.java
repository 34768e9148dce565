package io.swath.cluster.slurm;

import io.swath.model.LeadershipLostException;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets commands take effect only while a file, as the machine that runs them sees it, holds the number of whoever sends
 * them. It is looked at over there, right before the command: the sender may have been stopped for any time since it
 * looked itself.
 *
 * @param file holds one number on a line; replaced as a whole by each who takes the turn
 * @param number under which the sender took the turn
 */
public record Fence(String file, long number) {
    private static final int LOST = 78;
    private static final String MARKER = "swath: the turn is another's";
    private static final String SCRIPT = "{ read -r now <\"$1\"; } 2>/dev/null; [ \"$now\" = \"$2\" ] || "
            + "{ echo \"" + MARKER + ": ${now:-nothing to be read} in $1, not $2\" >&2; exit " + LOST
            + "; }; shift 2; exec \"$@\"";

    /** The same command, behind the fence. */
    Command around(Command command) {
        List<String> argv = new ArrayList<>(List.of("sh", "-c", SCRIPT, "sh", file, String.valueOf(number)));
        argv.addAll(command.argv());
        return new Command(argv, command.description());
    }

    /** The command's own result; throws where the fence was in its way, so that it was not run. */
    CommandResult passed(Command command, CommandResult result) {
        if (result.exit() == LOST && result.stderr().contains(MARKER)) {
            throw new LeadershipLostException("Tried to " + command.description() + ", but " + result.complaint());
        }
        return result;
    }
}
