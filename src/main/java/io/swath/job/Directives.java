package io.swath.job;

import io.swath.model.JobOptions;
import io.swath.model.Placement;
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
        return request.gpu().any();
    }

    /**
     * The options as separate words, each {@code --name=value} without quotes.
     *
     * @param night whether the scene has the priority of the night
     */
    public List<String> words(Request request, boolean night) {
        JobOptions options = options(request);
        Placement placement = placement(request, night);
        List<String> words = new ArrayList<>();
        add(words, "partition", request.partition());
        add(words, "nodes", Integer.toString(placement.nodes()));
        add(words, "ntasks", Integer.toString(placement.tasks()));
        add(words, "ntasks-per-node", placement.nodes() > 1 ? Integer.toString(placement.tasksPerNode()) : "");
        add(words, "cpus-per-task", Integer.toString(request.cpus()));
        add(words, "mem", request.memoryMiB() > 0 ? request.memoryMiB() + "M" : "");
        add(words, "time", time(request.time()));
        add(words, "gres", gres(request, options, gpuType(request, placement)));
        add(words, "exclude", String.join(",", request.excludedNodes()));
        add(words, "account", placement.account());
        add(words, "qos", placement.qos());
        Placement asked = request.placement();
        add(words, "constraint", asked.constraint());
        add(words, "reservation", asked.reservation());
        if (asked.exclusive()) {
            words.add("--exclusive");
        }
        options.words().stream()
                .filter(word -> !word.startsWith("--gres=") && !replaced(word, asked))
                .forEach(words::add);
        return words;
    }

    /**
     * Where a request's jobs run: what its recipe says and, where that says nothing, what the settings say. At night the
     * quality of service for the night comes first, if there is one.
     */
    public Placement placement(Request request, boolean night) {
        JobOptions options = options(request);
        Placement site = new Placement(
                options.value("constraint"),
                options.value("reservation"),
                account,
                qos,
                options.has("exclusive"),
                options.gpuType(),
                1,
                1,
                Placement.Bind.USUAL);
        Placement placed = request.placement().or(site);
        return night && !nightQos.isEmpty() ? placed.withQos(nightQos) : placed;
    }

    /** The same request, with {@link #placement what the settings say} where its recipe says nothing. */
    public Request placed(Request request, boolean night) {
        return request.withPlacement(placement(request, night));
    }

    /** Whether a recipe says itself what this option of the settings says. */
    private static boolean replaced(String word, Placement asked) {
        return (!asked.constraint().isEmpty() && JobOptions.named(word, "constraint"))
                || (!asked.reservation().isEmpty() && JobOptions.named(word, "reservation"))
                || (asked.exclusive() && JobOptions.named(word, "exclusive"));
    }

    private static void add(List<String> words, String name, String value) {
        if (!value.isEmpty()) {
            words.add("--" + name + "=" + value);
        }
    }

    /** What was chosen for the request comes first, for that is a slice of a GPU, which only its type names. */
    private static String gpuType(Request request, Placement placement) {
        return request.gpu().type().isEmpty()
                ? placement.gpuType()
                : request.gpu().type();
    }

    /** All generic resources in one option, because sbatch takes only the last {@code --gres}. */
    private static String gres(Request request, JobOptions options, String gpuType) {
        StringJoiner entries = new StringJoiner(",");
        if (request.gpus() > 0) {
            entries.add("gpu:" + (gpuType.isEmpty() ? "" : gpuType + ":") + request.gpus());
        }
        if (request.shards() > 0) {
            entries.add("shard:" + request.shards());
        }
        if (request.gpu().mps() > 0) {
            entries.add("mps:" + request.gpu().mps());
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
