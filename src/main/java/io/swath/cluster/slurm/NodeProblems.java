package io.swath.cluster.slurm;

import io.swath.cluster.NodeKind.Availability;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks which of these nodes get no work now, and why (scontrol(1): {@code show node}). slurmctld drains a node whose
 * prolog or epilog fails, and writes {@code Prolog error} as the reason.
 */
record NodeProblems(List<String> nodes) implements SlurmCommand<Map<String, String>> {
    private static final Pattern NAME = Pattern.compile("\\bNodeName=(\\S+)");
    private static final Pattern STATE = Pattern.compile("\\sState=(\\S+)");
    /** The reason is the last field, and ends with who gave it when. */
    private static final Pattern REASON = Pattern.compile("\\sReason=(.*?)(?:\\s\\[[^\\]]*\\])?\\s*(?:Comment=.*)?$");

    @Override
    public List<String> argv() {
        List<String> argv = new ArrayList<>(List.of("scontrol", "show", "node", "-o"));
        argv.add(String.join(",", nodes));
        return argv;
    }

    @Override
    public Map<String, String> parse(CommandResult result) {
        Map<String, String> problems = new HashMap<>();
        for (String line : result.stdout().lines().toList()) {
            String name = first(NAME, line);
            String state = first(STATE, line);
            if (!name.isEmpty() && NodeState.availability(state) == Availability.OUT) {
                String reason = first(REASON, line);
                problems.put(name, reason.isEmpty() ? state : state + " (" + reason + ")");
            }
        }
        return problems;
    }

    private static String first(Pattern pattern, String line) {
        Matcher matcher = pattern.matcher(line);
        return matcher.find() ? matcher.group(1) : "";
    }

    @Override
    public String description() {
        return "ask for the state of " + String.join(", ", nodes);
    }
}
