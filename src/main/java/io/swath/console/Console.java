package io.swath.console;

import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.http.UnauthorizedResponse;
import io.javalin.security.BasicAuthCredentials;
import io.javalin.util.JavalinBindException;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.model.SceneState;
import io.swath.model.SettingsException;
import io.swath.storage.Storage;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Serves health and metrics over HTTP, for programs that watch Swath. Thread-safe. */
public final class Console implements AutoCloseable {
    private final Storage storage;
    private final Incidents incidents;
    private final Supplier<Optional<String>> leaderElsewhere;
    private final Supplier<Map<String, String>> problems;
    /** A field, because the meters hold only a weak reference to it. */
    private final LongSupplier commandsSent;

    private final PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Javalin server;

    /**
     * Starts to listen. Without a user in the settings, a request needs no password. An address that cannot be used is a
     * {@link SettingsException}.
     *
     * @param commandsSent how many commands were sent to the cluster
     * @param leaderElsewhere the leader while this Swath stands by; empty: this Swath works
     * @param problems what else does not work, by part
     */
    public Console(
            BindAddress bind,
            ConsoleSettings settings,
            Storage storage,
            Ledger ledger,
            LongSupplier commandsSent,
            Incidents incidents,
            Supplier<Optional<String>> leaderElsewhere,
            Supplier<Map<String, String>> problems) {
        this.storage = storage;
        this.incidents = incidents;
        this.leaderElsewhere = leaderElsewhere;
        this.problems = problems;
        this.commandsSent = commandsSent;
        measure(ledger);
        server = Javalin.create(config -> config.showJavalinBanner = false)
                .before(context -> authenticate(context, settings))
                .get("/observe/health", this::answerHealth)
                .get("/observe/health/ready", this::answerHealth)
                .get("/observe/health/live", context -> context.json(Map.of("status", "UP")))
                .get(
                        "/observe/metrics",
                        context -> context.contentType("text/plain; version=0.0.4; charset=utf-8")
                                .result(metrics.scrape()));
        start(bind);
    }

    private void start(BindAddress bind) {
        try {
            server.start(bind.host(), bind.port());
        } catch (JavalinBindException e) {
            throw new SettingsException("console.bind is " + bind + ", which cannot be used (" + e.getMessage()
                    + "): stop the program that uses this address, give another one, or leave console.bind empty");
        }
    }

    private static void authenticate(Context context, ConsoleSettings settings) {
        BasicAuthCredentials given = context.basicAuthCredentials();
        boolean authenticated = settings.user().isEmpty()
                || (given != null
                        && isEqual(given.getUsername(), settings.user())
                        && isEqual(given.getPassword(), settings.password().value()));
        if (!authenticated) {
            context.header("WWW-Authenticate", "Basic realm=\"swath\"");
            throw new UnauthorizedResponse(
                    "give the user and the password of the settings console.user and" + " console.password");
        }
    }

    /** Compares in constant time, so that the time reveals nothing about the secret. */
    private static boolean isEqual(String given, String secret) {
        return MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), secret.getBytes(StandardCharsets.UTF_8));
    }

    private void answerHealth(Context context) {
        Map<String, Object> health = health();
        context.status("UP".equals(health.get("status")) ? 200 : 503).json(health);
    }

    /** UP; STANDBY with the name of the leader; or DOWN with every problem and its start. */
    private Map<String, Object> health() {
        List<Map<String, String>> found = new ArrayList<>();
        String missing = storage.missing();
        if (!missing.isEmpty()) {
            found.add(Map.of("part", "storage", "what", missing));
        }
        for (Incidents.Incident incident : incidents.open()) {
            found.add(Map.of(
                    "part", incident.part(),
                    "what", incident.what(),
                    "since", incident.since().toString()));
        }
        Map<String, Object> health = new LinkedHashMap<>();
        Optional<String> leader = leaderElsewhere.get();
        if (leader.isPresent()) {
            health.put("status", "STANDBY");
            health.put("leadership", "stands by; " + leader.get() + " is the leader");
        } else {
            problems.get().forEach((part, what) -> found.add(Map.of("part", part, "what", what)));
            health.put("status", found.isEmpty() ? "UP" : "DOWN");
        }
        health.put("problems", found);
        return health;
    }

    private void measure(Ledger ledger) {
        new JvmMemoryMetrics().bindTo(metrics);
        for (SceneState state : SceneState.values()) {
            Gauge.builder(
                            "swath.scenes",
                            ledger,
                            from -> from.read(session -> session.scenes().count(Set.of(state))))
                    .description("Scenes by state")
                    .tag("state", state.name())
                    .register(metrics);
        }
        Gauge.builder(
                        "swath.runs.open",
                        ledger,
                        from -> from.read(session -> session.runs().openCount()))
                .description("Runs that are queued or running")
                .register(metrics);
        FunctionCounter.builder(
                        "swath.night.firings",
                        ledger,
                        from -> from.read(session -> session.nights().count()))
                .description("Nights that were processed, by schedule or by command")
                .register(metrics);
        Gauge.builder(
                        "swath.night.scenes",
                        ledger,
                        from -> from.read(session -> session.nights().waiting().size()))
                .description("Scenes of nightly reprocessing that have not ended")
                .register(metrics);
        Gauge.builder(
                        "swath.inbox.waiting",
                        ledger,
                        from -> from.read(session -> session.inboxEntries().count()))
                .description("Entries that wait in an inbox because something is missing")
                .register(metrics);
        Gauge.builder(
                        "swath.outbox.unsent",
                        ledger,
                        from -> from.read(session -> session.outbox().unsentCount()))
                .description("Messages that wait to be sent")
                .register(metrics);
        Gauge.builder("swath.incidents", incidents, from -> from.open().size())
                .description("Parts of the infrastructure that do not work now")
                .register(metrics);
        FunctionCounter.builder("swath.cluster.commands", commandsSent, LongSupplier::getAsLong)
                .description("Commands sent to the cluster")
                .register(metrics);
    }

    @Override
    public void close() {
        server.stop();
        metrics.close();
    }
}
