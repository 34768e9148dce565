package io.swath.cluster.slurm;

import io.swath.cluster.Backlog;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Asks the queue how many tasks wait in each partition (squeue(1)). An array waits in one row. */
record SqueueBacklog(String user) implements SlurmCommand<Map<String, Backlog>> {
    @Override
    public List<String> argv() {
        return List.of("squeue", "-a", "-h", "-t", "PD", "-o", "%i|%u|%P");
    }

    /** A job that may run in several partitions counts in the first one. */
    @Override
    public Map<String, Backlog> parse(CommandResult result) {
        Map<String, Backlog> backlog = new HashMap<>();
        result.stdout()
                .lines()
                .flatMap(line -> SqueueWaiting.row(line, 3).stream())
                .forEach(cells -> TaskId.parse(cells[0]).ifPresent(id -> {
                    int tasks = Math.max(1, id.indices().size());
                    backlog.merge(
                            SlurmText.line(cells[2].split(",")[0]),
                            new Backlog(tasks, cells[1].equals(user) ? tasks : 0),
                            Backlog::plus);
                }));
        return backlog;
    }

    @Override
    public String description() {
        return "ask how many tasks wait";
    }
}
