package io.swath.app;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.app.routes.JmsReceiver;
import io.swath.app.routes.RouteFailures;
import io.swath.app.routes.StageWatch;
import io.swath.app.settings.Settings;
import io.swath.arrival.ArrivingFiles;
import io.swath.arrival.SceneRepair;
import io.swath.arrival.night.NightReport;
import io.swath.arrival.station.RejectedTidy;
import io.swath.broker.Broker;
import io.swath.cluster.Cluster;
import io.swath.control.Control;
import io.swath.control.ControlMessages;
import io.swath.delivery.Delivery;
import io.swath.delivery.Messages;
import io.swath.health.Incidents;
import io.swath.job.JobScript;
import io.swath.ledger.Ledger;
import io.swath.planning.Planning;
import io.swath.planning.SceneInspector;
import io.swath.planning.TileSizes;
import io.swath.recipes.PlannedRecipes;
import io.swath.recipes.RecipeBook;
import io.swath.retention.Retention;
import io.swath.storage.RejectedFolder;
import io.swath.storage.Storage;
import io.swath.submission.NextRequests;
import io.swath.submission.NightQuota;
import io.swath.submission.Sizing;
import io.swath.submission.Submission;
import io.swath.tracking.RetryPolicy;
import io.swath.tracking.Tracking;
import io.swath.waiting.WaitingScenes;
import io.swath.waiting.WaitingWatch;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.component.jms.JmsComponent;
import org.apache.camel.main.Main;

/**
 * The stages of the pipeline, under the names that the routes use.
 *
 * <p>To be used from the thread that starts Swath.
 */
final class Stages {
    private final Settings settings;
    private final Ledger ledger;
    private final Storage storage;
    private final RecipeBook recipes;
    private final PlannedRecipes plannedRecipes = new PlannedRecipes();
    private final SceneInspector inspector;
    private final TileSizes tileSizes;
    private final Sizing sizing;
    private final JobScript jobScript;
    private final Cluster cluster;
    private final CapabilityPoll capabilityPoll;
    private final Arrivals arrivals;
    private final Incidents incidents;
    private final ObjectMapper json;
    private final Clock clock;
    private final Clock steady;
    private final Submission submission;
    private final WaitingWatch waiting;

    Stages(
            Settings settings,
            Ledger ledger,
            Storage storage,
            RecipeBook recipes,
            SceneInspector inspector,
            TileSizes tileSizes,
            Sizing sizing,
            JobScript jobScript,
            Cluster cluster,
            CapabilityPoll capabilityPoll,
            Arrivals arrivals,
            Incidents incidents,
            ObjectMapper json,
            Clock clock,
            Clock steady) {
        this.settings = settings;
        this.ledger = ledger;
        this.storage = storage;
        this.recipes = recipes;
        this.inspector = inspector;
        this.tileSizes = tileSizes;
        this.sizing = sizing;
        this.jobScript = jobScript;
        this.cluster = cluster;
        this.capabilityPoll = capabilityPoll;
        this.arrivals = arrivals;
        this.incidents = incidents;
        this.json = json;
        this.clock = clock;
        this.steady = steady;
        submission = submission();
        waiting = new WaitingWatch(
                ledger,
                new WaitingScenes(ledger),
                incidents,
                settings.submission().queueLimit(),
                arrivals.nightly()::lasts,
                settings.waiting(),
                clock,
                steady);
    }

    /** To be called once, before {@link #bind}: an earlier Swath may have ended in the middle of something. */
    void recover() {
        submission.recover();
        arrivals.nightly().begin();
    }

    /** Gives the routes what they call. */
    void bind(Main main, Broker broker) {
        bindRouteSupport(main, broker);
        bindStages(main);
    }

    /** What watches for scenes that wait. */
    WaitingWatch waiting() {
        return waiting;
    }

    private Submission submission() {
        return new Submission(
                ledger,
                cluster,
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

    private void bindRouteSupport(Main main, Broker broker) {
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

    private void bindStages(Main main) {
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
                        tileSizes,
                        json,
                        incidents,
                        clock));
        main.bind("submission", submission);
        main.bind(
                "tracking",
                new Tracking(
                        ledger,
                        cluster,
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
        main.bind("waiting", waiting);
        main.bind(
                "commandRecorder",
                new CommandRecorder(ledger, settings.cluster().slurm() ? cluster::commandsSent : Map::of));
        main.bind("control", new Control(ledger, cluster, storage, incidents, steady));
    }

    /** Empty before the cluster has said what a request may be at most. */
    private Optional<List<NightReport.Next>> nextRequests() {
        return capabilityPoll
                .latest()
                .map(cluster ->
                        ledger
                                .read(session -> new NextRequests(sizing, recipes::find).of(session, cluster, true))
                                .stream()
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
                settings.retry().pause(),
                sizing.directives());
    }
}
