package io.swath.cluster.slurm;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Cancels, holds, releases, suspends or resumes jobs, with scancel(1) or scontrol(1). A job that is unknown, has ended or
 * is already in the wanted state is no error. Slurm then continues with the other jobs and reports the error at the end.
 */
record Scontrol(Action action, List<String> jobIds) implements SlurmCommand<Void> {
    /** An action on jobs, with the Slurm command that does it. */
    enum Action {
        CANCEL("scancel"),
        /** Uses {@code uhold}, because only an operator can release a {@code hold} that an operator made. */
        HOLD("scontrol uhold"),
        RELEASE("scontrol release"),
        SUSPEND("scontrol suspend"),
        RESUME("scontrol resume");

        private final String command;

        Action(String command) {
            this.command = command;
        }
    }

    /** Error lines about jobs on which the action is not possible or not needed; seen with 22.05.8 and 24.11.5. */
    private static final Pattern NOTHING_TO_DO = Pattern.compile(".*(Invalid job id specified"
            + "|Job has already finished"
            + "|Job/step already completing or completed"
            + "|Job is pending execution"
            + "|Job is no longer pending execution"
            + "|Job is not suspended"
            + "|Job is not running"
            + "|Job is not pending nor running"
            + "|Unexpected message received for job \\d+" // suspend with an unknown id
            + "|: No error).*"); // the tasks of an array on which the action succeeded

    @Override
    public List<String> argv() {
        List<String> argv = new ArrayList<>(List.of(action.command.split(" ")));
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

    static boolean nothingToDo(String stderr) {
        return !stderr.isBlank()
                && stderr.lines().allMatch(line -> NOTHING_TO_DO.matcher(line).matches());
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
    public Precedence precedence() {
        return Precedence.NOW;
    }

    @Override
    public String description() {
        return action.name().toLowerCase(Locale.ROOT) + " " + jobIds.size() + " jobs";
    }

    @Override
    public String name() {
        return action.command;
    }
}
