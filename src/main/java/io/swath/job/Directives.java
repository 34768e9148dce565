package io.swath.job;

import io.swath.model.JobOptions;
import io.swath.model.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.stream.Stream;

/**
 * The options of sbatch(1) that say what a task asks for, on whose account, and what the site insists on. Immutable.
 *
 * @param account the account to charge; empty: the user's default
 * @param qos the quality of service; empty: the user's default
 * @param nightQos the quality of service for the priority of the night; empty: {@code qos}
 * @param cpuOptions further options of steps without a GPU, and of the assembly
 * @param gpuOptions further options of steps with a GPU
 */
public record Directives(String account, String qos, String nightQos, JobOptions cpuOptions, JobOptions gpuOptions) {
    /** No account, no quality of service and no further options. */
    public static final Directives NONE = new Directives("", "", "", JobOptions.NONE, JobOptions.NONE);

    /** The further options of a request's device kind. */
    public JobOptions options(Request request) {
        return onGpu(request) ? gpuOptions : cpuOptions;
    }

    /** Whether the options are those of steps with a GPU. */
    public static boolean onGpu(Request request) {
        return request.gpus() + request.shards() > 0;
    }

    /**
     * The options as separate words, each {@code --name=value} without quotes.
     *
     * @param night whether the scene has the priority of the night
     */
    public List<String> words(Request request, boolean night) {
        JobOptions options = options(request);
        List<String> words = new ArrayList<>();
        add(words, "partition", request.partition());
        words.addAll(List.of("--nodes=1", "--ntasks=1", "--cpus-per-task=" + request.cpus()));
        add(words, "mem", request.memoryMiB() > 0 ? request.memoryMiB() + "M" : "");
        add(words, "time", time(request.time()));
        add(words, "gres", gres(request, options));
        add(words, "exclude", String.join(",", request.excludedNodes()));
        add(words, "account", account);
        add(words, "qos", night && !nightQos.isEmpty() ? nightQos : qos);
        options.words().stream().filter(word -> !word.startsWith("--gres=")).forEach(words::add);
        return words;
    }

    private static void add(List<String> words, String name, String value) {
        if (!value.isEmpty()) {
            words.add("--" + name + "=" + value);
        }
    }

    /** All generic resources in one option, because sbatch takes only the last {@code --gres}. */
    private static String gres(Request request, JobOptions options) {
        StringJoiner entries = new StringJoiner(",");
        if (request.gpus() > 0) {
            entries.add("gpu:" + (options.gpuType().isEmpty() ? "" : options.gpuType() + ":") + request.gpus());
        }
        if (request.shards() > 0) {
            entries.add("shard:" + request.shards());
        }
        Stream.of(options)
                .flatMap(site -> site.words().stream())
                .filter(word -> word.startsWith("--gres="))
                .forEach(word -> entries.add(word.substring("--gres=".length())));
        return entries.toString();
    }

    private static String time(Duration limit) {
        return String.format("%d:%02d:%02d", limit.toHours(), limit.toMinutesPart(), limit.toSecondsPart());
    }

    /**
     * A word as a line of a job script. The value is in double quotes where sbatch would not read it as it is
     * ({@code _get_argument} in Slurm's {@code src/sbatch/opt.c}: blanks divide, quotes, backslash and {@code #} are
     * special).
     */
    static String line(String word) {
        int value = word.indexOf('=') + 1;
        boolean plain = word.chars().allMatch(letter -> letter > ' ' && letter < 127 && "\"'\\#".indexOf(letter) < 0);
        return "#SBATCH "
                + (plain || value == 0
                        ? word
                        : word.substring(0, value)
                                + '"'
                                + word.substring(value).replace("\\", "\\\\").replace("\"", "\\\"")
                                + '"');
    }
}
