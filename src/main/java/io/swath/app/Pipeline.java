package io.swath.app;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.arrival.Arrival;
import io.swath.arrival.Pickup;
import io.swath.arrival.Places;
import io.swath.arrival.Reception;
import io.swath.arrival.RecipeCheck;
import io.swath.cluster.Capabilities;
import io.swath.cluster.Cluster;
import io.swath.cluster.local.LocalCluster;
import io.swath.cluster.slurm.CommandRunner;
import io.swath.cluster.slurm.Fence;
import io.swath.cluster.slurm.LocalCommandRunner;
import io.swath.cluster.slurm.SlurmCluster;
import io.swath.console.Console;
import io.swath.control.Control;
import io.swath.control.Wishes;
import io.swath.delivery.Delivery;
import io.swath.delivery.Messages;
import io.swath.health.Troubles;
import io.swath.ledger.Ledger;
import io.swath.model.Recipe;
import io.swath.night.Night;
import io.swath.night.Schedule;
import io.swath.night.Selection;
import io.swath.planning.GdalInfoCommand;
import io.swath.planning.Planning;
import io.swath.planning.SceneInspector;
import io.swath.recipes.RecipeBook;
import io.swath.storage.Rejections;
import io.swath.storage.Storage;
import io.swath.submission.JobFolder;
import io.swath.submission.NightShift;
import io.swath.submission.Sizing;
import io.swath.submission.Submission;
import io.swath.tracking.RetryPolicy;
import io.swath.tracking.Tracking;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.component.jms.JmsComponent;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.camel.main.Main;

/**
 * All parts put together. The parts work without being started, but for the way to a login node over SSH; starting
 * makes the routes run. To be used from one thread.
 */
final class Pipeline implements AutoCloseable {
    private final Settings settings;
    private final Clock clock = Clock.systemUTC();
    private final Clock steady = new SteadyClock();
    private final ObjectMapper json = new ObjectMapper();
    private final Troubles troubles = new Troubles(clock);
    private final Storage storage;
    private final RecipeBook recipes;
    private final Ledger ledger;
    private final Optional<SshRunner> ssh;
    private final Arrival arrival;
    private final Reception reception;
    private final Pickup pickup;
    private final SceneInspector inspector;
    private final Sizing sizing;
    private final Survey survey;
    private final JobFolder folders;
    private final Night night;
    private final StateLock lock;
    private final Optional<TurnKeeper> turn;
    private volatile Cluster cluster;
    private Main camel;
    private volatile CamelContext running;
    private Broker broker;
    private Console console;

    Pipeline(Settings settings) {
        this.settings = settings;
        Schedule schedule = schedule(settings);
        Selection selection = Selection.parse(settings.text("nightly.select"));
        storage = new Storage(
                settings.path("storage.root"),
                settings.text("storage.cluster-root"),
                settings.count("storage.least-free") * 1024L * 1024L);
        recipes = new RecipeBook(settings.home().resolve("config").resolve("recipes"));
        ledger = ledger(settings, clock);
        Path state = settings.path("state.dir");
        lock = new StateLock(state);
        turn = settings.text("database.url").isEmpty()
                ? Optional.empty() // SQLite's file lies in the state folder, so its lock is enough
                : Optional.of(new TurnKeeper(ledger, storage, state, troubles));
        ssh = settings.slurm() ? settings.login().map(SshRunner::new) : Optional.empty();
        sizing = new Sizing(settings.text("slurm.partition.cpu"), settings.text("slurm.partition.gpu"));
        survey = new Survey(sizing, troubles);
        Rejections rejections = new Rejections(storage);
        RecipeCheck check = new RecipeCheck(recipes, survey::unfit, troubles);
        Places places = new Places(storage, settings.paths("station.roots"));
        reception = new Reception(ledger, places, recipes, clock);
        pickup = new Pickup(
                ledger,
                storage,
                recipes,
                check,
                places,
                settings.duration("station.patience"),
                settings.duration("arrival.settle"),
                troubles,
                clock,
                steady);
        arrival = new Arrival(
                ledger, storage, recipes, check, rejections, settings.duration("arrival.settle"), troubles, clock);
        inspector = new SceneInspector(storage.root(), new GdalInfoCommand());
        folders = new JobFolder(
                storage, settings.text("slurm.account"), settings.text("slurm.qos"), settings.text("nightly.qos"));
        night = new Night(
                ledger,
                recipes,
                survey::unfit,
                schedule,
                selection,
                settings.count("nightly.limit"),
                settings.count("nightly.retries"),
                troubles,
                json,
                clock);
    }

    /** When the nights are. */
    static Schedule schedule(Settings settings) {
        return Schedule.of(
                settings.text("nightly.cron"), settings.text("nightly.zone"), settings.text("nightly.until"));
    }

    private static Ledger ledger(Settings settings, Clock clock) {
        String url = settings.text("database.url");
        return url.isEmpty()
                ? Ledger.sqlite(settings.path("state.dir").resolve("ledger.db"), clock)
                : Ledger.postgres(url, settings.text("database.user"), settings.secret("database.password"), clock);
    }

    /** The cluster, opened at the first call: of a local one only one program may be at the head. */
    private Cluster cluster() {
        if (cluster == null && settings.slurm()) {
            CommandRunner runner = ssh.isPresent() ? ssh.get() : new LocalCommandRunner();
            String user = settings.login().map(Settings.Login::user).orElse(System.getProperty("user.name"));
            cluster = new SlurmCluster(runner, user, settings.duration("slurm.timeout"), steady, fence());
        } else if (cluster == null) {
            cluster = new LocalCluster(settings.path("state.dir").resolve("local"));
        }
        return cluster;
    }

    /** Without the turn no number is right, so nothing can be changed then. */
    private Optional<Fence> fence() {
        Path marker = TurnKeeper.marker(storage);
        String file = ssh.isPresent() ? storage.onCluster(marker) : marker.toString();
        return turn.map(keeper -> new Fence(file, ledger.fence()));
    }

    /** What the cluster offers, for a command that only wants to know. */
    Capabilities capabilities() {
        if (!settings.slurm()) {
            return LocalCluster.offered();
        }
        startLogin();
        return cluster().capabilities();
    }

    Ledger ledger() {
        return ledger;
    }

    Storage storage() {
        return storage;
    }

    /** @throws IllegalArgumentException when there is none of that name; it tells which there are */
    Recipe recipe(String name) {
        return recipes.find(name)
                .orElseThrow(() -> new IllegalArgumentException("there is no recipe " + name + "; config/recipes has "
                        + recipes.all().stream().map(Recipe::name).toList()));
    }

    RecipeBook recipes() {
        return recipes;
    }

    Arrival arrival() {
        return arrival;
    }

    SceneInspector inspector() {
        return inspector;
    }

    Sizing sizing() {
        return sizing;
    }

    Night night() {
        return night;
    }

    JobFolder folders() {
        return folders;
    }

    /** Carries out what people asked for, when no running Swath does: see {@link #claim}. */
    void workControls() {
        startLogin();
        new Control(ledger, cluster(), troubles).work();
    }

    Troubles troubles() {
        return troubles;
    }

    /** Whether another Swath works on this state folder or this ledger now, or did and has not said that it ended. */
    boolean runsElsewhere() throws IOException {
        if (lock.held()) {
            return false;
        }
        if (!lock.take()) {
            return true;
        }
        lock.close();
        return turn.isPresent() && ledger.turn().held();
    }

    /** Takes the work upon this program unless another Swath does it; whether this one may work now. */
    boolean claim() throws IOException, InterruptedException {
        if (!lock.take()) {
            return false;
        }
        if (turn.isEmpty() || turn.get().claim()) {
            return true;
        }
        lock.close();
        return false;
    }

    /**
     * Waits for as long as another Swath works on the same ledger.
     *
     * @param stopped done when this program is told to stop
     * @return whether this one may work now; else it was told to stop
     */
    boolean standBy(Future<?> stopped) throws IOException, InterruptedException {
        lockState();
        if (turn.isEmpty()) {
            return true;
        }
        openConsole();
        return turn.get().await(stopped);
    }

    /** Done when another Swath has taken the turn: then this pipeline is to be closed. */
    CompletableFuture<String> lost() {
        return turn.map(TurnKeeper::lost).orElseGet(CompletableFuture::new);
    }

    private void lockState() throws IOException {
        if (!lock.take()) {
            throw new SettingsException("another Swath works with state.dir " + settings.path("state.dir")
                    + "; stop it first, or give this one a folder of its own");
        }
    }

    /** Starts the broker, the routes and the console. */
    void start() throws Exception {
        lockState();
        if (turn.isPresent() && ledger.fence() == 0 && !turn.get().claim()) {
            throw new SettingsException("another Swath works with database.url "
                    + settings.database() + ": "
                    + ledger.turn().holder());
        }
        broker = Broker.open(settings, troubles);
        Submission submission = new Submission(
                ledger,
                cluster(),
                storage,
                sizing,
                folders,
                settings.count("submission.queue-limit"),
                new NightShift(night::lasts, settings.part("nightly.share")),
                troubles,
                json,
                steady);
        submission.recover();
        night.begin();
        camel = Routes.load(settings, storage, "*.camel.yaml");
        bindStages(camel, submission);
        camel.start();
        if (camel.getCamelContext().getRoutesSize() < 2) {
            throw new SettingsException(settings.home().resolve("routes") + " holds no routes");
        }
        ssh.ifPresent(runner -> runner.use(camel.getCamelContext()));
        survey.begin(cluster());
        running = camel.getCamelContext();
        openConsole();
    }

    private void openConsole() {
        if (console == null) {
            console = settings.console()
                    .map(bind -> new Console(
                            bind,
                            settings.text("console.user"),
                            settings.secret("console.password"),
                            storage,
                            ledger,
                            this::commandsSent,
                            troubles,
                            () -> turn.flatMap(TurnKeeper::standsBehind),
                            this::down))
                    .orElse(null);
        }
    }

    private long commandsSent() {
        Cluster asked = cluster;
        return asked == null
                ? 0
                : asked.commandsSent().values().stream()
                        .mapToLong(Long::longValue)
                        .sum();
    }

    /** The routes that Camel's health checks find not ready, and those that do not get on. */
    private Map<String, String> down() {
        CamelContext context = running;
        if (context == null) {
            return Map.of("routes", "not started yet");
        }
        Map<String, String> down = HealthCheckHelper.invokeReadiness(context).stream()
                .filter(result -> result.getState() == HealthCheck.State.DOWN)
                .collect(Collectors.toMap(
                        result -> result.getCheck().getId(),
                        result -> result.getMessage().orElse("down")));
        down.putAll(Stalls.of(context, Stalls.LONG));
        return down;
    }

    /** Opens only the way to the login node, for a command that talks to the cluster itself. */
    private void startLogin() {
        if (ssh.isPresent() && camel == null) {
            camel = Routes.load(settings, storage, "login-node.camel.yaml");
            camel.start();
            ssh.get().use(camel.getCamelContext());
        }
    }

    private void bindStages(Main main, Submission submission) {
        String adapter = settings.text("cluster");
        Mishaps mishaps = new Mishaps(troubles);
        JmsComponent jms = new JmsComponent();
        jms.setConnectionFactory(broker.connections());
        RetryPolicy retries = new RetryPolicy(
                settings.factor("retry.memory-growth"),
                settings.factor("retry.time-growth"),
                settings.factor("retry.gpu-growth"),
                settings.count("retry.mishaps"),
                settings.duration("retry.pause"));
        main.bind("jms", jms);
        main.bind("mishaps", mishaps);
        main.bind("stageWatch", new StageWatch(mishaps));
        main.bind("arrival", arrival);
        main.bind("jmsDoor", new JmsDoor(reception, new Wishes(ledger), troubles));
        main.bind("pickup", pickup);
        main.bind("night", night);
        main.bind(
                "planning",
                new Planning(ledger, storage, recipes, inspector, new Rejections(storage), json, troubles, clock));
        main.bind("submission", submission);
        main.bind(
                "tracking",
                new Tracking(
                        ledger,
                        cluster,
                        storage,
                        retries,
                        settings.duration("tracking.lost-after"),
                        troubles,
                        json,
                        steady));
        main.bind(
                "delivery",
                new Delivery(
                        ledger, storage, json, adapter, Version.TEXT, settings.duration("nightly.keep"), troubles));
        main.bind("messages", new Messages(ledger, storage, json, adapter, settings.text("events.source"), troubles));
        main.bind("control", new Control(ledger, cluster, troubles));
    }

    @Override
    public void close() throws IOException {
        survey.close();
        if (console != null) {
            console.close();
        }
        if (camel != null) {
            camel.stop();
        }
        if (broker != null) {
            broker.close();
        }
        ssh.ifPresent(SshRunner::close);
        if (cluster != null) {
            cluster.close();
        }
        turn.ifPresent(TurnKeeper::close);
        ledger.close();
        lock.close();
    }
}
