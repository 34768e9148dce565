package io.swath.cluster.slurm;

import io.swath.cluster.JobArray;
import io.swath.cluster.Submitted;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Several calls of sbatch(1) in one command, one after another, each with its own time limit and its own answer.
 *
 * <p>The script prints a mark before each call, and one with the exit status behind it. A call whose answer lies between its
 * marks is judged as if it had been sent alone. Every other one is ambiguous: the answer was cut off, and the call may have
 * been made. Immutable.
 */
final class SbatchSeries {
    private static final String BEGIN = "=swath=sbatch=";
    private static final String END = "=swath=ended=";
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final List<Sbatch> calls;
    private final Optional<Fence> fence;

    /** @param fence is compared before each call */
    SbatchSeries(List<JobArray> submissions, Optional<Fence> fence) {
        this.calls = submissions.stream().map(Sbatch::new).toList();
        this.fence = fence;
    }

    /** The command that makes all calls. It may take the limit for each of them. */
    Command command(Duration limit) {
        StringBuilder script = new StringBuilder();
        for (int number = 0; number < calls.size(); number++) {
            String mark = "echo " + BEGIN + number + "=";
            script.append(mark).append("; ").append(mark).append(" >&2; ");
            script.append("timeout -k ").append(GRACE.toSeconds()).append(' ');
            script.append(Math.max(1, limit.toSeconds())).append(' ');
            script.append(ShellLine.words(fenced(calls.get(number)).argv()));
            script.append("; status=$?; echo; echo ").append(END).append(number).append("=$status=; ");
        }
        return new Command(
                List.of("sh", "-c", script.append(':').toString()), "submit " + calls.size() + " job arrays");
    }

    private Command fenced(Sbatch call) {
        Command plain = new Command(call.argv(), call.description());
        return fence.map(leader -> leader.wrap(plain)).orElse(plain);
    }

    /**
     * The answers in the order of the calls.
     *
     * @param stdout what was printed, perhaps without its end
     * @param stderr likewise
     * @param problem why the answer has no end
     * @throws io.swath.model.LeadershipLostException when a call was not made because of the fence
     */
    List<Submitted> answers(String stdout, String stderr, String problem) {
        Map<Integer, String> errors = parts(stderr);
        Map<Integer, String> outputs = parts(stdout);
        List<Submitted> answers = new ArrayList<>();
        for (int number = 0; number < calls.size(); number++) {
            answers.add(
                    answer(calls.get(number), number, outputs.getOrDefault(number, ""), errors.getOrDefault(number, ""))
                            .orElseGet(() -> SbatchErrors.ambiguous(problem)));
        }
        return answers;
    }

    private Optional<Submitted> answer(Sbatch call, int number, String output, String errors) {
        Matcher end = Pattern.compile(END + number + "=(\\d{1,3})=").matcher(output);
        if (!end.find()) {
            return Optional.empty();
        }
        CommandResult result =
                new CommandResult(Integer.parseInt(end.group(1)), output.substring(0, end.start()), errors);
        Command plain = new Command(call.argv(), call.description());
        return Optional.of(call.parse(
                fence.map(leader -> leader.requirePassed(plain, result)).orElse(result)));
    }

    /** What lies behind the mark of each call, until the mark of the next. */
    private Map<Integer, String> parts(String text) {
        Map<Integer, String> parts = new HashMap<>();
        int from = 0;
        for (int number = 0; number < calls.size() && from >= 0; number++) {
            int begin = text.indexOf(BEGIN + number + "=\n", from);
            int next = number + 1 < calls.size() ? text.indexOf(BEGIN + (number + 1) + "=\n", from) : -1;
            if (begin >= 0) {
                int content = begin + (BEGIN + number + "=\n").length();
                parts.put(number, text.substring(content, next < content ? text.length() : next));
            }
            from = Math.max(from, next);
        }
        return parts;
    }
}
