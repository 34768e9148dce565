package io.swath.cluster.slurm;

import io.swath.cluster.ClusterException;
import io.swath.cluster.SchedulerStarts;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks how many jobs the scheduler has started (sdiag(1)). A user may ask, unless the site forbids it. */
record Sdiag() implements SlurmCommand<SchedulerStarts> {
    private static final Pattern SINCE = Pattern.compile("(?m)^Data since .*\\((\\d+)\\)\\s*$");
    private static final Pattern STARTED = Pattern.compile("(?m)^Jobs started:\\s*(\\d+)\\s*$");
    private static final Pattern BACKFILLED =
            Pattern.compile("(?m)^\\s*Total backfilled jobs \\(since last stats cycle start\\):\\s*(\\d+)\\s*$");

    @Override
    public List<String> argv() {
        return List.of("sdiag");
    }

    @Override
    public SchedulerStarts parse(CommandResult result) {
        return new SchedulerStarts(
                Instant.ofEpochSecond(number(SINCE, result)), number(STARTED, result), number(BACKFILLED, result));
    }

    private static long number(Pattern line, CommandResult result) {
        Matcher found = line.matcher(result.stdout());
        if (!found.find()) {
            throw new ClusterException("Tried to read sdiag's answer, but it has no line " + line.pattern());
        }
        return Long.parseLong(found.group(1));
    }

    @Override
    public String description() {
        return "ask how many jobs were started by backfill";
    }
}
