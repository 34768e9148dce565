package io.swath.cluster.slurm;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Cancels, holds, releases, suspends or resumes jobs. A job that is unknown, has ended, or is already as it should be
 * is no trouble; the command goes on with the others and complains at its end.
 */
record Scontrol(Action action, List<String> jobIds) implements SlurmCommand<Void> {
    /** What to do to a job, and the words of Slurm's that do it. */
    enum Action {
        CANCEL("scancel"),
        /** {@code uhold}: a plain hold by an operator could only be released by one. */
        HOLD("scontrol uhold"),
        RELEASE("scontrol release"),
        SUSPEND("scontrol suspend"),
        RESUME("scontrol resume");

        private final String words;

        Action(String words) {
            this.words = words;
        }
    }

    /** What is said of jobs to which there is nothing to do; seen with 22.05.8 and 24.11.5. */
    private static final Pattern NOTHING_TO_DO = Pattern.compile(".*(Invalid job id specified"
            + "|Job has already finished"
            + "|Job/step already completing or completed"
            + "|Job is pending execution"
            + "|Job is no longer pending execution"
            + "|Job is not suspended"
            + "|Job is not running"
            + "|Job is not pending nor running"
            + "|Unexpected message received for job \\d+" // suspend of an unknown id
            + "|: No error).*"); // those tasks of an array to which it was done

    @Override
    public List<String> argv() {
        List<String> argv = new ArrayList<>(List.of(action.words.split(" ")));
        if (action == Action.CANCEL) {
            argv.addAll(jobIds);
        } else {
            argv.add(String.join(",", jobIds));
        }
        return argv;
    }

    @Override
    public boolean wentWell(CommandResult result) {
        return result.exit() == 0 || nothingToDo(result.stderr());
    }

    private static boolean nothingToDo(String complaints) {
        return !complaints.isBlank()
                && complaints
                        .lines()
                        .allMatch(line -> NOTHING_TO_DO.matcher(line).matches());
    }

    @Override
    public Void parse(CommandResult result) {
        return null;
    }

    @Override
    public boolean changes() {
        return true;
    }

    @Override
    public String description() {
        return action.name().toLowerCase(Locale.ROOT) + " " + jobIds.size() + " jobs";
    }

    @Override
    public String name() {
        return action.words;
    }
}
