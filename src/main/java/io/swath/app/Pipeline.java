package io.swath.app;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.app.routes.JmsReceiver;
import io.swath.app.routes.RouteFailures;
import io.swath.app.routes.Routes;
import io.swath.app.routes.StageWatch;
import io.swath.app.routes.Stalls;
import io.swath.app.settings.Settings;
import io.swath.arrival.CommandArrival;
import io.swath.arrival.RecipeCheck;
import io.swath.arrival.folder.InboxArrival;
import io.swath.arrival.night.NightlyReprocessing;
import io.swath.arrival.night.Schedule;
import io.swath.arrival.night.Selection;
import io.swath.arrival.station.AllowedPaths;
import io.swath.arrival.station.AnnouncementReceiver;
import io.swath.arrival.station.Pickup;
import io.swath.broker.Broker;
import io.swath.console.Console;
import io.swath.control.Control;
import io.swath.control.ControlMessages;
import io.swath.delivery.Delivery;
import io.swath.delivery.Messages;
import io.swath.health.Incidents;
import io.swath.job.JobScript;
import io.swath.leadership.Leadership;
import io.swath.ledger.Ledger;
import io.swath.model.Recipe;
import io.swath.model.SettingsException;
import io.swath.planning.Planning;
import io.swath.planning.SceneInspector;
import io.swath.recipes.RecipeBook;
import io.swath.storage.RejectedFolder;
import io.swath.storage.Storage;
import io.swath.submission.NightQuota;
import io.swath.submission.Sizing;
import io.swath.submission.Submission;
import io.swath.tracking.RetryPolicy;
import io.swath.tracking.Tracking;
import io.swath.untrusted.raster.GdalInfoCommand;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
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
public final class Pipeline implements AutoCloseable {
    private final Settings settings;
    private final Clock clock = Clock.systemUTC();
    private final Clock steady = new SteadyClock();
    private final ObjectMapper json = new ObjectMapper();
    private final Incidents incidents = new Incidents(clock);
    private final Storage storage;
    private final RecipeBook recipes;
    private final Ledger ledger;
    private final Leadership leadership;
    private final ClusterAccess access;
    private final InboxArrival arrival;
    private final CommandArrival commandArrival;
    private final AnnouncementReceiver reception;
    private final Pickup pickup;
    private final SceneInspector inspector;
    private final Sizing sizing;
    private final CapabilityPoll capabilityPoll;
    private final JobScript folders;
    private final NightlyReprocessing night;
    private Main camel;
    private volatile CamelContext running;
    private Broker broker;
    private Console console;

    public Pipeline(Settings settings) {
        this.settings = settings;
        Schedule schedule = schedule(settings);
        Selection selection = Selection.parse(settings.text("nightly.select"));
        storage = new Storage(
                settings.path("storage.root"),
                settings.text("storage.cluster-root"),
                settings.count("storage.least-free") * 1024L * 1024L);
        recipes = new RecipeBook(settings.home().resolve("config").resolve("recipes"));
        ledger = ledger(settings, clock);
        leadership = new Leadership(settings, ledger, storage, incidents);
        access = new ClusterAccess(settings, storage, leadership, steady);
        sizing = new Sizing(settings.text("slurm.partition.cpu"), settings.text("slurm.partition.gpu"));
        capabilityPoll = new CapabilityPoll(sizing, incidents);
        RejectedFolder rejections = new RejectedFolder(storage);
        RecipeCheck check = new RecipeCheck(recipes, capabilityPoll::rejected, incidents);
        AllowedPaths places = new AllowedPaths(storage, settings.paths("station.roots"));
        reception = new AnnouncementReceiver(ledger, places, recipes, clock);
        pickup = new Pickup(
                ledger,
                storage,
                recipes,
                check,
                places,
                settings.duration("station.patience"),
                settings.duration("arrival.settle"),
                incidents,
                clock,
                steady);
        arrival = new InboxArrival(
                ledger,
                storage,
                recipes,
                check,
                rejections,
                settings.duration("arrival.settle"),
                Duration.ofDays(1),
                incidents,
                clock,
                steady);
        commandArrival = new CommandArrival(ledger, storage, clock);
        inspector = new SceneInspector(storage.root(), new GdalInfoCommand());
        folders = new JobScript(
                storage, settings.text("slurm.account"), settings.text("slurm.qos"), settings.text("nightly.qos"));
        night = new NightlyReprocessing(
                ledger,
                recipes,
                capabilityPoll::rejected,
                schedule,
                selection,
                settings.count("nightly.limit"),
                settings.count("nightly.retries"),
                incidents,
                json,
                clock);
    }

    /** When the nights are. */
    public static Schedule schedule(Settings settings) {
        return Schedule.of(
                settings.text("nightly.cron"), settings.text("nightly.zone"), settings.text("nightly.until"));
    }

    private static Ledger ledger(Settings settings, Clock clock) {
        String url = settings.text("database.url");
        return url.isEmpty()
                ? Ledger.sqlite(settings.path("state.dir").resolve("ledger.db"), clock)
                : Ledger.postgres(url, settings.text("database.user"), settings.secret("database.password"), clock);
    }

    public Ledger ledger() {
        return ledger;
    }

    public Storage storage() {
        return storage;
    }

    public Leadership leadership() {
        return leadership;
    }

    public ClusterAccess access() {
        return access;
    }

    /** @throws IllegalArgumentException when there is none of that name; it tells which there are */
    public Recipe recipe(String name) {
        return recipes.find(name)
                .orElseThrow(() -> new IllegalArgumentException("there is no recipe " + name + "; config/recipes has "
                        + recipes.all().stream().map(Recipe::name).toList()));
    }

    public RecipeBook recipes() {
        return recipes;
    }

    public CommandArrival commandArrival() {
        return commandArrival;
    }

    public Sizing sizing() {
        return sizing;
    }

    public NightlyReprocessing night() {
        return night;
    }

    public JobScript folders() {
        return folders;
    }

    /** Carries out what people asked for, when no running Swath does: see {@link #leadership}. */
    public void workControls() {
        new Control(ledger, access.direct(), incidents).work();
    }

    public Incidents incidents() {
        return incidents;
    }

    /**
     * Waits for as long as another Swath works on the same ledger.
     *
     * @param stopped done when this program is told to stop
     * @return whether this one may work now; else it was told to stop
     */
    public boolean standBy(Future<?> stopped) throws IOException, InterruptedException {
        leadership.lockState();
        if (!leadership.shared()) {
            return true;
        }
        openConsole();
        return leadership.await(stopped);
    }

    /** Starts the broker, the routes and the console. */
    public void start() throws Exception {
        leadership.acquireOrFail();
        broker = Broker.open(settings, incidents);
        Submission submission = new Submission(
                ledger,
                access.cluster(),
                storage,
                sizing,
                folders,
                settings.count("submission.queue-limit"),
                new NightQuota(night::lasts, settings.part("nightly.share")),
                incidents,
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
        capabilityPoll.begin(access.cluster());
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
                            incidents,
                            leadership::currentLeader,
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
        RouteFailures routeFailures = new RouteFailures(incidents);
        JmsComponent jms = new JmsComponent();
        jms.setConnectionFactory(broker.connections());
        RetryPolicy retries = new RetryPolicy(
                settings.factor("retry.memory-growth"),
                settings.factor("retry.time-growth"),
                settings.factor("retry.gpu-growth"),
                settings.count("retry.mishaps"),
                settings.duration("retry.pause"));
        main.bind("jms", jms);
        main.bind("routeFailures", routeFailures);
        main.bind("stageWatch", new StageWatch(routeFailures));
        main.bind("arrival", arrival);
        main.bind("jmsReceiver", new JmsReceiver(reception, new ControlMessages(ledger), incidents));
        main.bind("pickup", pickup);
        main.bind("nightly", night);
        main.bind(
                "planning",
                new Planning(ledger, storage, recipes, inspector, new RejectedFolder(storage), json, incidents, clock));
        main.bind("submission", submission);
        main.bind(
                "tracking",
                new Tracking(
                        ledger,
                        access.cluster(),
                        storage,
                        retries,
                        settings.duration("tracking.lost-after"),
                        incidents,
                        json,
                        steady));
        main.bind(
                "delivery",
                new Delivery(
                        ledger, storage, json, adapter, Version.TEXT, settings.duration("nightly.keep"), incidents));
        main.bind("messages", new Messages(ledger, storage, json, adapter, settings.text("events.source"), incidents));
        main.bind("control", new Control(ledger, access.cluster(), incidents));
    }

    @Override
    public void close() throws IOException {
        capabilityPoll.close();
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
        leadership.release();
        ledger.close();
        leadership.close();
    }
}
