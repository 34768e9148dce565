package io.swath.app;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.app.routes.RouteHealth;
import io.swath.app.routes.Routes;
import io.swath.app.settings.Settings;
import io.swath.arrival.CommandArrival;
import io.swath.arrival.night.NightlyReprocessing;
import io.swath.broker.Broker;
import io.swath.broker.StateSpace;
import io.swath.cluster.Capabilities;
import io.swath.console.Console;
import io.swath.control.Control;
import io.swath.health.Incidents;
import io.swath.job.Directives;
import io.swath.job.JobScript;
import io.swath.leadership.Leadership;
import io.swath.ledger.Ledger;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SettingsException;
import io.swath.planning.SceneInspector;
import io.swath.planning.Terrain;
import io.swath.planning.TileSizes;
import io.swath.recipes.RecipeBook;
import io.swath.storage.DurableFiles;
import io.swath.storage.Storage;
import io.swath.storage.StorageRights;
import io.swath.submission.LearnedTileSizes;
import io.swath.submission.PlacementCheck;
import io.swath.submission.Sizing;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.waiting.WaitingGroup;
import io.swath.waiting.WaitingScenes;
import io.swath.waiting.WaitingWatch;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
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
    private final LedgerPlace ledgerPlace;
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
        directives = new Directives(
                settings.slurm().account(),
                settings.slurm().qos(),
                settings.nightly().qos(),
                settings.slurm().cpuOptions(),
                settings.slurm().gpuOptions());
        sizing = new Sizing(
                settings.slurm().cpuPartition(),
                settings.slurm().gpuPartition(),
                !settings.slurm().gpuOptions().gpuType().isEmpty(),
                settings.submission().kills(),
                settings.retry().memoryGrowth(),
                settings.retry().timeGrowth(),
                settings.submission().learn(),
                settings.tiles(),
                directives);
        terrain = new Terrain(settings.terrain(), storage.root(), new GdalInfoCommand());
        inspector = new SceneInspector(storage.root(), new GdalInfoCommand(), terrain);
        jobScript = new JobScript(storage, directives);
        makeStateFolder();
        ledgerPlace = new LedgerPlace(settings.database(), settings.state().directory());
        ledger = ledgerPlace.open(clock);
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
        ledgerPlace.check(ledger, storage, acceptNew);
    }

    /** Where the ledger is, for people: the setting of a database, or the ledger's file. */
    public String ledgerPlace() {
        return ledgerPlace.text();
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
        Stages stages = new Stages(
                settings,
                ledger,
                storage,
                recipes,
                inspector,
                tileSizes(access.cluster()::capabilities),
                sizing,
                jobScript,
                access.cluster(),
                capabilityPoll,
                arrivals,
                incidents,
                json,
                clock,
                steady);
        stages.recover();
        camel = Routes.prepare(settings, storage, "*.camel.yaml");
        stages.bind(camel, broker);
        waitingWatch = stages.waiting();
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
        return new LearnedTileSizes(ledger, sizing, cluster)::choose;
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
