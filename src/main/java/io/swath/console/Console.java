package io.swath.console;

import io.javalin.Javalin;
import io.javalin.http.UnauthorizedResponse;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.model.SceneState;
import io.swath.storage.Storage;
import java.net.URI;
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

/** What programs may ask over HTTP: is it well, and how much does it do. Thread-safe. */
public final class Console implements AutoCloseable {
    private final Storage storage;
    private final Incidents incidents;
    private final Supplier<Optional<String>> currentLeader;
    private final Supplier<Map<String, String>> down;
    /** Kept here: the meters refer to it only weakly. */
    private final LongSupplier commandsSent;

    private final PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Javalin server;

    /**
     * Listens from now on, to everybody when {@code user} is empty.
     *
     * @param commandsSent how many commands have gone to the cluster
     * @param currentLeader who works while this Swath stands by; empty: this one works
     * @param down what else does not work, part by part
     */
    public Console(
            URI bind,
            String user,
            String password,
            Storage storage,
            Ledger ledger,
            LongSupplier commandsSent,
            Incidents incidents,
            Supplier<Optional<String>> currentLeader,
            Supplier<Map<String, String>> down) {
        this.storage = storage;
        this.incidents = incidents;
        this.currentLeader = currentLeader;
        this.down = down;
        this.commandsSent = commandsSent;
        measure(ledger);
        server = Javalin.create(config -> config.showJavalinBanner = false)
                .before(context -> {
                    boolean known = user.isEmpty()
                            || (context.basicAuthCredentials() != null
                                    && same(context.basicAuthCredentials().getUsername(), user)
                                    && same(context.basicAuthCredentials().getPassword(), password));
                    if (!known) {
                        context.header("WWW-Authenticate", "Basic realm=\"swath\"");
                        throw new UnauthorizedResponse("user and password, please");
                    }
                })
                .get("/observe/health", context -> {
                    Map<String, Object> health = health();
                    context.status("UP".equals(health.get("status")) ? 200 : 503)
                            .json(health);
                })
                .get("/observe/health/ready", context -> {
                    Map<String, Object> health = health();
                    context.status("UP".equals(health.get("status")) ? 200 : 503)
                            .json(health);
                })
                .get("/observe/health/live", context -> context.json(Map.of("status", "UP")))
                .get(
                        "/observe/metrics",
                        context -> context.contentType("text/plain; version=0.0.4; charset=utf-8")
                                .result(metrics.scrape()))
                .start(bind.getHost(), bind.getPort());
    }

    /** Compares in a time that tells nothing about the secret. */
    private static boolean same(String given, String secret) {
        return MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), secret.getBytes(StandardCharsets.UTF_8));
    }

    /** Ready; or that it stands by, and for whom; or what is wrong, since when, and what Swath is waiting for. */
    private Map<String, Object> health() {
        List<Map<String, String>> problems = new ArrayList<>();
        String missing = storage.missing();
        if (!missing.isEmpty()) {
            problems.add(Map.of("part", "storage", "what", missing));
        }
        for (Incidents.Incident problem : incidents.open()) {
            problems.add(Map.of(
                    "part", problem.part(),
                    "what", problem.what(),
                    "since", problem.since().toString()));
        }
        Map<String, Object> health = new LinkedHashMap<>();
        Optional<String> worker = currentLeader.get();
        if (worker.isPresent()) {
            health.put("status", "STANDBY");
            health.put("turn", "stands by; " + worker.get() + " has the turn");
        } else {
            down.get().forEach((part, what) -> problems.add(Map.of("part", part, "what", what)));
            health.put("status", problems.isEmpty() ? "UP" : "DOWN");
        }
        health.put("problems", problems);
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
                .description("Firings of the night that were worked, by rule or by hand")
                .register(metrics);
        Gauge.builder(
                        "swath.night.scenes",
                        ledger,
                        from -> from.read(session -> session.nights().waiting().size()))
                .description("Scenes of the night's work that have not ended")
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
                .description("Messages that are still to be sent")
                .register(metrics);
        Gauge.builder("swath.troubles", incidents, from -> from.open().size())
                .description("Parts of the plumbing that do not work now")
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
