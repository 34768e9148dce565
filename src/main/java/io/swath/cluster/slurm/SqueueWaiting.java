package io.swath.cluster.slurm;

import io.swath.cluster.Waiting;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the queue says of jobs. It is asked for all of the user's jobs and then filtered, because {@code squeue -j} ends
 * with an error when the one id it was given is gone from the queue.
 *
 * <p>Cancelled tasks are asked for as well: a task of an {@code aftercorr} array that never could start has no row in
 * the accounting (seen with 24.11.5; only the array's last index has one), and the queue forgets it after MinJobAge.
 */
record SqueueWaiting(Set<String> jobIds, String user) implements SlurmCommand<List<Waiting>> {
    @Override
    public List<String> argv() {
        return List.of("squeue", "-h", "-u", user, "-t", "PD,CF,R,S,CG,CA", "-o", "%i|%T|%r|%S|%j");
    }

    @Override
    public List<Waiting> parse(CommandResult result) {
        return result.stdout().lines().flatMap(line -> waiting(line).stream()).toList();
    }

    private Optional<Waiting> waiting(String line) {
        String[] cells = line.strip().split("\\|", 5);
        if (cells.length != 5 || !cells[4].startsWith("swath-")) {
            return Optional.empty();
        }
        String reason = Stream.of(cells[2])
                .map(text -> text.replaceAll("^\\(|\\)$", ""))
                .filter(text -> !text.equals("None"))
                .findFirst()
                .orElse("");
        return TaskId.parse(cells[0])
                .filter(id -> jobIds.contains(id.jobId()))
                .map(id -> new Waiting(
                        id.jobId(),
                        id.indices(),
                        StateWord.parse(cells[1]).word(),
                        reason,
                        SlurmText.instant(cells[3])));
    }

    @Override
    public String description() {
        return "ask the queue about " + jobIds.size() + " jobs";
    }
}
