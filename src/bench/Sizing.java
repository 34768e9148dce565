import io.swath.submission.sizing.Learned;
import io.swath.submission.sizing.Limits;
import io.swath.submission.sizing.Observation;
import io.swath.submission.sizing.Observation.Ending;
import io.swath.submission.sizing.Quantity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/** Replays traces through the product's own sizing; see sizing.sh. A file that cannot be read ends it with an exception. */
public final class Sizing {
    private static final int IN_FLIGHT = 12;
    private static final int ATTEMPTS = 4;
    private static final int NODES = 6;

    /** One task of a trace. */
    private record Task(
            String name, String scene, String version, double x, double peak, double calm, double seconds, double calmSeconds,
            int node, double right, double seen) {
        static Task of(String line) {
            String[] f = line.split(",", -1);
            return new Task(f[0], f[1], f[2], number(f[3]), number(f[4]), number(f[5]), number(f[6]), number(f[7]),
                    Integer.parseInt(f[8]), f[9].isEmpty() ? Double.NaN : number(f[9]), number(f[10]));
        }

        private static double number(String field) {
            return Double.parseDouble(field);
        }

        /** The same with time in the place of memory: nothing but the time is used of a run. */
        Task inTime() {
            return new Task(name, scene, version, x, seconds, calmSeconds, 1, 1, node, Double.NaN, 1);
        }

        Task onNextNode() {
            return new Task(name, scene, version, x, calm, calm, calmSeconds, calmSeconds, (node + 1) % NODES, right, seen);
        }
    }

    private record Sent(Task task, double limit) {}

    private final boolean time;
    private final double kills;
    private final Limits limits;
    private final Deque<Sent> inFlight = new ArrayDeque<>();
    private final List<Double> error = new ArrayList<>(); // of each first request: asked / right
    private Learned learned;
    private String version;
    private Task last;
    private double cost;
    private double needed;
    private int attempts;
    private int killed;
    private int lost;
    private int towardsLeftOut;

    private Sizing(boolean time, double kills, double guess) {
        this.time = time;
        this.kills = kills;
        this.limits = time ? new Limits(60, 86_400) : new Limits(32, 16_000);
        this.learned = Learned.of(time ? Quantity.TIME : Quantity.MEMORY, guess);
    }

    private void submit(Task asTraced) {
        if (inFlight.size() == IN_FLIGHT) {
            settle(inFlight.removeFirst());
        }
        if (version != null && !version.equals(asTraced.version())) {
            learned = learned.beginAgain(learned.ask(asTraced.x(), limits, kills).amount());
        }
        version = asTraced.version();
        last = asTraced;
        Task task = asTraced;
        if (learned.nodesLeftOut().containsKey("node" + task.node())) {
            towardsLeftOut++;
            task = towardsLeftOut % 20 == 0 ? task : task.onNextNode();
        }
        double limit = checked(learned.ask(task.x(), limits, kills).amount());
        error.add(limit / task.right());
        needed += task.calm() * task.calmSeconds();
        inFlight.addLast(new Sent(task, limit));
    }

    private void settle(Sent sent) {
        Task task = sent.task();
        double limit = sent.limit();
        for (int attempt = 1; ; attempt++) {
            attempts++;
            if (task.peak() <= limit) {
                cost += limit * task.seconds();
                teach(task, task.seen() * task.peak(), limit, Ending.FINISHED);
                return;
            }
            killed++;
            cost += time ? limit : limit * task.seconds() * limit / task.peak();
            if (attempt == ATTEMPTS || limit >= limits.most()) {
                lost++;
                teach(task, limit, limit, Ending.LOST);
                return;
            }
            teach(task, limit, limit, Ending.KILLED);
            double more = learned.askAgain(task.x(), limit, "node" + task.node(), attempt == ATTEMPTS - 1, limits, kills).amount();
            task = task.onNextNode();
            limit = checked(more);
        }
    }

    /** What a task of an older version of the recipe needed says nothing about the new one. */
    private void teach(Task task, double used, double limit, Ending ending) {
        if (task.version().equals(version)) {
            String tile = task.scene() + "/" + task.version() + "/" + task.name();
            learned.learn(new Observation(task.x(), used, limit, ending, tile, task.scene(), "node" + task.node()));
        }
        learned = Learned.parse(learned.text()); // as the ledger keeps it
    }

    private double checked(double limit) {
        if (!(limit >= limits.least() && limit <= limits.most()) || time && limit % 60 != 0) {
            throw new IllegalStateException("the rule asks for " + limit);
        }
        return limit;
    }

    /** The first task from which 80 % of 50 first requests lie between 0.8 and 1.25 of what is right. */
    private String settled() {
        for (int first = 0; first + 50 <= error.size(); first++) {
            if (error.subList(first, first + 50).stream().filter(ratio -> ratio >= 0.8 && ratio <= 1.25).count() >= 40) {
                return Integer.toString(first);
            }
        }
        return "-";
    }

    private double[] result() {
        return new double[] {cost / needed, 100.0 * killed / attempts, lost};
    }

    private static Sizing replay(Path file, boolean time, double kills) throws IOException {
        List<String> lines = Files.readAllLines(file);
        String guesses = lines.get(0); // # guess_mib=270 guess_s=60
        double guess = Double.parseDouble(guesses.replaceAll(time ? ".*guess_s=([0-9.]+).*" : ".*guess_mib=([0-9.]+).*", "$1"));
        Sizing sizing = new Sizing(time, kills, guess);
        for (String line : lines.subList(2, lines.size())) {
            Task task = Task.of(line);
            sizing.submit(time ? task.inTime() : task);
        }
        while (!sizing.inFlight.isEmpty()) {
            sizing.settle(sizing.inFlight.removeFirst());
        }
        return sizing;
    }

    public static void main(String[] arguments) throws IOException {
        List<String> files = new ArrayList<>(Arrays.asList(arguments));
        boolean time = files.remove("--time");
        int option = files.indexOf("--kills");
        double kills = option < 0 ? 0.02 : Double.parseDouble(files.get(option + 1));
        if (option >= 0) {
            files.subList(option, option + 2).clear();
        }
        double[] mean = new double[3];
        for (String file : files) {
            Sizing sizing = replay(Path.of(file), time, kills);
            double[] result = sizing.result();
            for (int i = 0; i < mean.length; i++) {
                mean[i] += result[i] / files.size();
            }
            System.out.printf(Locale.ROOT, "%-24s waste %.2f killed %.1f lost %.0f settled %s; last: %s%n",
                    Path.of(file).getFileName(), result[0], result[1], result[2], sizing.settled(),
                    sizing.learned.ask(sizing.last.x(), sizing.limits, kills).why());
        }
        System.out.printf(Locale.ROOT, "waste %.2f killed %.2f lost %s%n", mean[0], mean[1], number(mean[2]));
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : String.format(Locale.ROOT, "%.2f", value);
    }
}
