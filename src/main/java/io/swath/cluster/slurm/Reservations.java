package io.swath.cluster.slurm;

import io.swath.cluster.HostList;
import io.swath.cluster.Reservation;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Asks for the reservations (scontrol(1)), such as maintenance windows: jobs that would run into one wait. Hidden ones too. */
record Reservations(String user) implements SlurmCommand<List<Reservation>> {
    @Override
    public List<String> argv() {
        return List.of("scontrol", "show", "reservation", "-o", "-a");
    }

    @Override
    public List<Reservation> parse(CommandResult result) {
        return Records.with("ReservationName", result.stdout()).stream()
                .map(this::reservation)
                .toList();
    }

    private Reservation reservation(Map<String, String> values) {
        String name = SlurmText.line(values.get("ReservationName"));
        String text = "reservation " + name + " (" + shown(values, "Flags") + "): nodes " + shown(values, "Nodes")
                + " from " + shown(values, "StartTime") + " to " + shown(values, "EndTime")
                + " UTC. Jobs that would run into it wait until it ends";
        return new Reservation(
                name,
                Reservation.listed(names(values, "Users"), user),
                names(values, "Accounts"),
                HostList.expand(values.getOrDefault("Nodes", "")),
                text);
    }

    private static String shown(Map<String, String> values, String name) {
        return SlurmText.line(values.getOrDefault(name, ""));
    }

    private static Set<String> names(Map<String, String> values, String name) {
        return Arrays.stream(values.getOrDefault(name, "").split(","))
                .filter(word -> !word.isBlank() && !word.equals("(null)"))
                .collect(Collectors.toUnmodifiableSet());
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
