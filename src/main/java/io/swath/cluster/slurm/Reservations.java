package io.swath.cluster.slurm;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks for the reservations (scontrol(1)), such as maintenance windows: jobs that would run into one wait. */
record Reservations() implements SlurmCommand<List<String>> {
    private static final Pattern RESERVATION = Pattern.compile(
            "ReservationName=(\\S+) StartTime=(\\S+) EndTime=(\\S+)" + ".*? Nodes=(\\S+).*? Flags=(\\S*)");

    @Override
    public List<String> argv() {
        return List.of("scontrol", "show", "reservation", "-o");
    }

    /** One sentence for each reservation. */
    @Override
    public List<String> parse(CommandResult result) {
        return result.stdout()
                .lines()
                .map(RESERVATION::matcher)
                .filter(Matcher::find)
                .map(found -> "reservation " + found.group(1) + " (" + found.group(5) + "): nodes " + found.group(4)
                        + " from " + found.group(2) + " to " + found.group(3)
                        + " UTC. Jobs that would run into it wait until it ends")
                .toList();
    }

    @Override
    public boolean wentWell(CommandResult result) {
        return SlurmCommand.super.wentWell(result)
                || (result.stdout() + result.stderr()).contains("No reservations in the system");
    }

    @Override
    public String description() {
        return "ask for reservations";
    }
}
