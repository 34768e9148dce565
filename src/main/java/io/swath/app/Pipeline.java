package io.swath.app;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.app.routes.JmsReceiver;
import io.swath.app.routes.RouteFailures;
import io.swath.app.routes.RouteHealth;
import io.swath.app.routes.Routes;
import io.swath.app.routes.StageWatch;
import io.swath.app.settings.Settings;
import io.swath.arrival.ArrivingFiles;
import io.swath.arrival.CommandArrival;
import io.swath.arrival.SceneRepair;
import io.swath.arrival.night.NightReport;
import io.swath.arrival.night.NightlyReprocessing;
import io.swath.arrival.station.RejectedTidy;
import io.swath.broker.Broker;
import io.swath.broker.StateSpace;
import io.swath.cluster.Capabilities;
import io.swath.console.Console;
import io.swath.control.Control;
import io.swath.control.ControlMessages;
import io.swath.delivery.Delivery;
import io.swath.delivery.Messages;
import io.swath.health.Incidents;
import io.swath.job.Directives;
import io.swath.job.JobScript;
import io.swath.leadership.Leadership;
import io.swath.ledger.DatabaseSettings;
import io.swath.ledger.Ledger;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SettingsException;
import io.swath.planning.Planning;
import io.swath.planning.SceneInspector;
import io.swath.planning.Terrain;
import io.swath.planning.TileSizes;
import io.swath.recipes.PlannedRecipes;
import io.swath.recipes.RecipeBook;
import io.swath.retention.Retention;
import io.swath.storage.DurableFiles;
import io.swath.storage.RejectedFolder;
import io.swath.storage.Storage;
import io.swath.storage.StorageRights;
import io.swath.submission.LearnedTileSizes;
import io.swath.submission.NextRequests;
import io.swath.submission.NightQuota;
import io.swath.submission.PlacementCheck;
import io.swath.submission.Sizing;
import io.swath.submission.Submission;
import io.swath.tracking.RetryPolicy;
import io.swath.tracking.Tracking;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.waiting.WaitingGroup;
import io.swath.waiting.WaitingScenes;
import io.swath.waiting.WaitingWatch;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.component.jms.JmsComponent;
import org.apache.camel.main.Main;

/**
 * Wires all parts together. Commands use the parts without {@link #start}; {@code start} runs the routes. To be used from
 * one thread.
 */
public final class Pipeline implements AutoCloseable {
    private final Settings settings;
    private final Clock clock = Clock.systemUTC();
    private final Clock steady = new SteadyClock();
    private final ObjectMapper json = new ObjectMapper();
    private final Incidents incidents = new Incidents(clock);
    private final Storage storage;
    private final RecipeBook recipes;
    private final PlannedRecipes plannedRecipes = new PlannedRecipes();
    private final Ledger ledger;
    private final Leadership leadership;
    private final ClusterAccess access;
    private final Sizing sizing;
    private final CapabilityPoll capabilityPoll;
    private final Arrivals arrivals;
    private final SceneInspector inspector;
    private final Terrain terrain;
    private final JobScript jobScript;
    private final Directives directives;
    private Main camel;
    private volatile CamelContext running;
    private volatile WaitingWatch waitingWatch;
    private WakeUps wakeUps;
    private Broker broker;
    private Console console;
    private boolean readsAllLater;
    private CompletableFuture<Void> damage = new CompletableFuture<>();

    public Pipeline(Settings settings) {
        this.settings = settings;
        storage = new Storage(
                settings.storage().root(),
                settings.storage().clusterRoot(),
                settings.storage().leastFreeBytes());
        recipes = new RecipeBook(settings.home().resolve("config").resolve("recipes"));
        sizing = new Sizing(
                settings.slurm().cpuPartition(),
                settings.slurm().gpuPartition(),
                !settings.slurm().gpuOptions().gpuType().isEmpty(),
                settings.submission().kills(),
                settings.retry().memoryGrowth(),
                settings.retry().timeGrowth(),
                settings.submission().learn());
        directives = new Directives(
                settings.slurm().account(),
                settings.slurm().qos(),
                settings.nightly().qos(),
                settings.slurm().cpuOptions(),
                settings.slurm().gpuOptions());
        terrain = new Terrain(settings.terrain(), storage.root(), new GdalInfoCommand());
        inspector = new SceneInspector(storage.root(), new GdalInfoCommand(), terrain);
        jobScript = new JobScript(storage, directives);
        makeStateFolder();
        ledger = openLedger();
        leadership = new Leadership(
                settings.state().directory(), settings.database(), Version.TEXT, ledger, storage, incidents);
        access = new ClusterAccess(settings, storage, leadership, steady);
        capabilityPoll = new CapabilityPoll(sizing, new PlacementCheck(directives), incidents);
        arrivals = Arrivals.create(settings, ledger, storage, recipes, capabilityPoll, incidents, json, clock, steady);
    }

    /** The ledger and the broker's messages lie there: other users of this machine may not read them. */
    private void makeStateFolder() {
        Path folder = settings.state().directory();
        try {
            DurableFiles.makePrivateFolder(folder);
        } catch (IOException e) {
            throw new SettingsException("state.dir " + folder + " cannot be made, or cannot be closed to other users ("
                    + e + "): give a folder that belongs to the user that runs Swath");
        }
        StateFolder.check(folder);
    }

    private Ledger openLedger() {
        DatabaseSettings database = settings.database();
        return database.shared()
                ? Ledger.postgres(
                        database.url(), database.user(), database.password().value(), clock)
                : Ledger.sqlite(settings.state().directory().resolve("ledger.db"), clock);
    }

    /**
     * Looks for damage of the ledger, and whether it is the ledger of this storage. To be called before anything else.
     *
     * @param acceptNew whether a new ledger is right although the storage holds scenes
     * @throws io.swath.ledger.LedgerException when the ledger is damaged
     * @throws SettingsException when the ledger of this storage is missing
     */
    public void checkLedger(boolean acceptNew) throws IOException {
        readsAllLater =
                ledger.damageCheck().isPresent() && !ledger.damageCheck().get().atStart();
        if (!ledger.isNew() || !storage.missing().isEmpty()) {
            return;
        }
        long scenes = storage.sceneCount();
        if (scenes > 0 && !acceptNew) {
            throw new SettingsException("the ledger (" + ledgerPlace() + ") is new, but "
                    + storage.root().resolve("scenes")
                    + " holds " + scenes + " scenes that another ledger has recorded. Nothing was changed. Stop here if"
                    + " the ledger was moved or removed by mistake: restore it or a backup of it, or correct state.dir or"
                    + " database.url. To go on without it, run ./swath run --new-ledger once: Swath then knows nothing of"
                    + " those scenes, does not finish those that were in work, and their jobs on the cluster are not"
                    + " cancelled");
        }
        ledger.begin();
    }

    /** Where the ledger is, for people: the setting of a database, or the ledger's file. */
    public String ledgerPlace() {
        return settings.database().shared()
                ? "database.url"
                : settings.state().directory().resolve("ledger.db").toString();
    }

    /**
     * Stands by while another Swath is the leader.
     *
     * @param stopped done when this program has to stop
     * @return whether this Swath may work now; false: it has to stop
     */
    public boolean standBy(Future<?> stopped) throws IOException, InterruptedException {
        leadership.lockState();
        if (!leadership.isShared()) {
            return true;
        }
        openConsole();
        return leadership.await(stopped);
    }

    /** Starts the broker, the routes and the console. */
    public void start() throws Exception {
        leadership.acquireOrFail();
        broker = Broker.open(
                settings.broker(),
                settings.listener(),
                new StateSpace(
                        settings.state().directory().resolve("broker"),
                        settings.state().leastFreeBytes()),
                incidents);
        Submission submission = submission();
        submission.recover();
        arrivals.nightly().begin();
        camel = Routes.prepare(settings, storage, "*.camel.yaml");
        bindRouteSupport(camel);
        bindStages(camel, submission);
        camel.start();
        if (camel.getCamelContext().getRoutesSize() < 2) {
            throw new SettingsException(
                    settings.home().resolve("routes") + " holds no routes: put Swath's route files there");
        }
        access.use(camel.getCamelContext());
        capabilityPoll.start(access.cluster());
        wakeUps = WakeUps.start(camel.getCamelContext(), access.cluster(), storage);
        running = camel.getCamelContext();
        openConsole();
        if (readsAllLater) {
            damage = BackgroundCheck.start(ledger.damageCheck().orElseThrow());
        }
    }

    /** Fails when the ledger turns out to be damaged while this Swath works; then it has to stop. */
    public CompletableFuture<Void> damage() {
        return damage;
    }

    /**
     * Chooses the size of tiles by what earlier runs have taught.
     *
     * @param cluster what the cluster offers now
     */
    public TileSizes tileSizes(Supplier<Capabilities> cluster) {
        return new LearnedTileSizes(ledger, sizing, cluster, settings.tiles().taskTime())::choose;
    }

    private Submission submission() {
        return new Submission(
                ledger,
                access.cluster(),
                storage,
                sizing,
                jobScript,
                plannedRecipes,
                settings.submission(),
                new NightQuota(arrivals.nightly()::lasts, settings.nightly().share()),
                incidents,
                json,
                steady);
    }

    private void bindRouteSupport(Main main) {
        RouteFailures routeFailures = new RouteFailures(incidents);
        JmsComponent jms = new JmsComponent();
        jms.setConnectionFactory(broker.connections());
        main.bind("jms", jms);
        main.bind("routeFailures", routeFailures);
        main.bind("stageWatch", new StageWatch(routeFailures));
        main.bind(
                "jmsReceiver",
                new JmsReceiver(arrivals.announcements(), new ControlMessages(ledger), ledger, incidents));
    }

    /** The names are those that the routes use. */
    private void bindStages(Main main, Submission submission) {
        String adapter = settings.cluster().kind().word();
        main.bind("arrival", arrivals.inbox());
        main.bind("pickup", arrivals.pickup());
        main.bind(
                "rejectedTidy",
                new RejectedTidy(
                        ledger,
                        settings.station().keepRejected(),
                        settings.station().mostRejected()));
        main.bind("nightly", arrivals.nightly());
        main.bind(
                "nightReport", new NightReport(ledger, settings.nightly().schedule(), this::nextRequests, json, clock));
        main.bind(
                "planning",
                new Planning(
                        ledger,
                        storage,
                        recipes,
                        inspector,
                        new RejectedFolder(storage),
                        SceneRepair::hasContent,
                        new ArrivingFiles(storage)::are,
                        tileSizes(access.cluster()::capabilities),
                        json,
                        incidents,
                        clock));
        main.bind("submission", submission);
        main.bind(
                "tracking",
                new Tracking(
                        ledger,
                        access.cluster(),
                        storage,
                        plannedRecipes,
                        retryPolicy(),
                        settings.tracking().lostAfter(),
                        incidents,
                        json,
                        steady));
        main.bind(
                "delivery",
                new Delivery(
                        ledger,
                        storage,
                        json,
                        adapter,
                        Version.TEXT,
                        settings.nightly().keep(),
                        incidents,
                        steady));
        main.bind(
                "messages",
                new Messages(ledger, storage, json, adapter, settings.events().source(), incidents));
        main.bind("retention", new Retention(ledger, storage, settings.retention(), adapter, incidents, steady));
        waitingWatch = new WaitingWatch(
                ledger,
                waitingScenes(),
                incidents,
                settings.submission().queueLimit(),
                arrivals.nightly()::lasts,
                settings.waiting(),
                clock,
                steady);
        main.bind("waiting", waitingWatch);
        main.bind("control", new Control(ledger, access.cluster(), storage, incidents, steady));
    }

    /** Empty before the cluster has said what a request may be at most. */
    private Optional<List<NightReport.Next>> nextRequests() {
        return capabilityPoll
                .latest()
                .map(cluster -> ledger.read(session -> NextRequests.of(session, cluster, sizing.kills())).stream()
                        .map(next -> new NightReport.Next(
                                next.key().recipe(),
                                next.key().step(),
                                next.key().partition(),
                                next.quantity().name().toLowerCase(Locale.ROOT),
                                next.runs(),
                                next.why()))
                        .toList());
    }

    private RetryPolicy retryPolicy() {
        return new RetryPolicy(
                settings.retry().memoryGrowth(),
                settings.retry().gpuGrowth(),
                settings.retry().infrastructureFailures(),
                settings.retry().pause());
    }

    private void openConsole() {
        if (console == null) {
            console = settings.console()
                    .bind()
                    .map(bind -> new Console(
                            bind,
                            settings.console(),
                            storage,
                            ledger,
                            access::commandsSent,
                            incidents,
                            leadership::leaderElsewhere,
                            this::routeProblems,
                            this::waiting))
                    .orElse(null);
        }
    }

    private List<WaitingGroup> waiting() {
        WaitingWatch watch = waitingWatch;
        return watch == null ? List.of() : watch.latest();
    }

    private Map<String, String> routeProblems() {
        CamelContext context = running;
        return context == null ? Map.of("routes", "not started yet") : RouteHealth.problems(context);
    }

    public Ledger ledger() {
        return ledger;
    }

    /** Which scenes wait for what. */
    public WaitingScenes waitingScenes() {
        return new WaitingScenes(ledger);
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

    public RecipeBook recipes() {
        return recipes;
    }

    /** @throws IllegalArgumentException when there is no recipe of that name; the message lists the recipes */
    public Recipe recipe(String name) {
        return recipes.find(name)
                .orElseThrow(() -> new IllegalArgumentException("there is no recipe " + name + "; config/recipes has "
                        + recipes.all().stream().map(Recipe::name).toList()));
    }

    /** @throws IllegalArgumentException when the ledger has no scene with this id */
    public Scene scene(String id) {
        return ledger.read(session -> session.scenes().find(id))
                .orElseThrow(
                        () -> new IllegalArgumentException("there is no scene " + id + "; ./swath status lists them"));
    }

    /**
     * Creates the folders of the storage that are missing, with an inbox for each recipe, and sets their groups and modes.
     *
     * @return for each folder whose group or mode Swath may not set, a sentence with the command for root
     */
    public List<String> createStorage() throws IOException {
        storage.create();
        for (Recipe recipe : recipes.all()) {
            storage.sharedFolder(storage.inbox().resolve(recipe.name()));
        }
        return storageRights().apply();
    }

    public StorageRights storageRights() {
        return new StorageRights(storage, settings.storageGroups());
    }

    public CommandArrival commandArrival() {
        return arrivals.command();
    }

    public NightlyReprocessing night() {
        return arrivals.nightly();
    }

    public Sizing sizing() {
        return sizing;
    }

    /** What the jobs ask for, besides what a recipe asks for. */
    public Directives directives() {
        return directives;
    }

    /** The terrain model of the settings. */
    public Terrain terrain() {
        return terrain;
    }

    public JobScript jobScript() {
        return jobScript;
    }

    public Incidents incidents() {
        return incidents;
    }

    /** Carries out the control requests in the ledger. To be called when this program has {@link #leadership}. */
    public void workControls() {
        new Control(ledger, access.direct(), storage, incidents, steady).work();
    }

    @Override
    public void close() throws IOException {
        capabilityPoll.close();
        if (console != null) {
            console.close();
        }
        if (wakeUps != null) {
            wakeUps.close();
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
