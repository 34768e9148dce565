package io.swath.app;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.arrival.Arrival;
import io.swath.arrival.Pickup;
import io.swath.arrival.Places;
import io.swath.arrival.Reception;
import io.swath.arrival.RecipeCheck;
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
import java.time.Clock;
import java.util.Map;
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
    private final Claim claim;
    private final ClusterAccess access;
    private final Arrival arrival;
    private final Reception reception;
    private final Pickup pickup;
    private final SceneInspector inspector;
    private final Sizing sizing;
    private final Survey survey;
    private final JobFolder folders;
    private final Night night;
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
        claim = new Claim(settings, ledger, storage, troubles);
        access = new ClusterAccess(settings, storage, claim, steady);
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

    Ledger ledger() {
        return ledger;
    }

    Storage storage() {
        return storage;
    }

    Claim claim() {
        return claim;
    }

    ClusterAccess access() {
        return access;
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
        new Control(ledger, access.direct(), troubles).work();
    }

    Troubles troubles() {
        return troubles;
    }

    /**
     * Waits for as long as another Swath works on the same ledger.
     *
     * @param stopped done when this program is told to stop
     * @return whether this one may work now; else it was told to stop
     */
    boolean standBy(Future<?> stopped) throws IOException, InterruptedException {
        claim.lockState();
        if (!claim.shared()) {
            return true;
        }
        openConsole();
        return claim.await(stopped);
    }

    /** Starts the broker, the routes and the console. */
    void start() throws Exception {
        claim.insist();
        broker = Broker.open(settings, troubles);
        Submission submission = new Submission(
                ledger,
                access.cluster(),
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
        access.through(camel.getCamelContext());
        survey.begin(access.cluster());
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
                            access::commandsSent,
                            troubles,
                            claim::standsBehind,
                            this::down))
                    .orElse(null);
        }
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
                        access.cluster(),
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
        main.bind("control", new Control(ledger, access.cluster(), troubles));
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
        access.close();
        claim.giveBack();
        ledger.close();
        claim.close();
    }
}
