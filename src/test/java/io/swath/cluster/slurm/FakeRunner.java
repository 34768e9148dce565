package io.swath.cluster.slurm;

import io.swath.cluster.ClusterException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A fake login node of a cluster without reservations. The longest matching beginning of a command decides its answer. */
final class FakeRunner implements CommandRunner {
    final List<List<String>> sent = new ArrayList<>();
    private final Map<String, CommandResult> answers = new TreeMap<>();
    private boolean down;

    FakeRunner() {
        answering("scontrol show reservation -o", new CommandResult(1, "", "No reservations in the system"));
    }

    FakeRunner answering(String command, String stdout) {
        return answering(command, new CommandResult(0, stdout, ""));
    }

    FakeRunner answering(String command, CommandResult result) {
        answers.put(command, result);
        return this;
    }

    FakeRunner down() {
        down = true;
        return this;
    }

    @Override
    public CommandResult run(Command command, Duration deadline) {
        sent.add(command.argv());
        if (down) {
            throw new ClusterException("Tried to " + command.description() + ", but the connection was lost");
        }
        String line = String.join(" ", command.argv());
        return answers.entrySet().stream()
                .filter(answer -> line.startsWith(answer.getKey()))
                .map(Map.Entry::getValue)
                .reduce((shorter, longer) -> longer)
                .orElseThrow(() -> new AssertionError("the test has no answer for " + line));
    }
}
