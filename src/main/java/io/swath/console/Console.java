package io.swath.console;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.HttpStatus;
import io.javalin.http.UnauthorizedResponse;
import io.javalin.util.JavalinBindException;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.model.SettingsException;
import io.swath.storage.Storage;
import io.swath.waiting.WaitingGroup;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves health and metrics over HTTP, for programs that watch Swath. Thread-safe. */
public final class Console implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Console.class);
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int MISDIRECTED_REQUEST = 421;

    private final BindAddress bind;
    private final HealthReport health;
    private final ConsoleMetrics metrics;
    private final Login login;
    private final Optional<AllowedHosts> allowedHosts;
    private final Javalin server;

    /**
     * Starts to listen. Without a user in the settings, a request needs no password. An address that cannot be used is a
     * {@link SettingsException}.
     *
     * @param commandsSent how many commands were sent to the cluster, by their names
     * @param leaderElsewhere the leader while this Swath stands by; empty: this Swath works
     * @param problems what else does not work, by part
     * @param waiting which scenes wait for what, as of a recent look
     */
    public Console(
            BindAddress bind,
            ConsoleSettings settings,
            Storage storage,
            Ledger ledger,
            Supplier<Map<String, Long>> commandsSent,
            Incidents incidents,
            Supplier<Optional<String>> leaderElsewhere,
            Supplier<Map<String, String>> problems,
            Supplier<List<WaitingGroup>> waiting) {
        this.bind = bind;
        health = new HealthReport(storage, incidents, leaderElsewhere, problems, waiting);
        metrics = new ConsoleMetrics(ledger, incidents, commandsSent);
        login = new Login(settings, new LoginDelays(Clock.systemUTC()));
        allowedHosts = bind.isLoopback() ? Optional.of(AllowedHosts.ofThisMachine(settings.hosts())) : Optional.empty();
        server = start();
    }

    private Javalin start() {
        try {
            return Javalin.create(this::configure).start();
        } catch (JavalinBindException e) {
            throw new SettingsException("console.bind is " + bind + ", which cannot be used (" + e.getMessage()
                    + "): stop the program that uses this address, give another one, or leave console.bind empty");
        }
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        HttpServer.configure(config.jetty, bind);
        config.routes
                .before(this::checkHost)
                .before(this::authenticate)
                .get("/observe/health", this::answerHealth)
                .get("/observe/health/ready", this::answerHealth)
                .get("/observe/health/live", context -> context.json(Map.of("status", "UP")))
                .get(
                        "/observe/metrics",
                        context -> context.contentType("text/plain; version=0.0.4; charset=utf-8")
                                .result(metrics.text()))
                .exception(Exception.class, Console::answerFailure);
    }

    private void checkHost(Context context) {
        String host = context.req().getServerName();
        if (allowedHosts.isPresent() && !allowedHosts.get().contains(host)) {
            throw new HttpResponseException(
                    MISDIRECTED_REQUEST,
                    "this console is not asked under that name: use localhost or an IP address, or add the name to the"
                            + " setting console.hosts");
        }
    }

    private void authenticate(Context context) throws UnknownHostException {
        InetAddress address = InetAddress.getByName(context.req().getRemoteAddr());
        LoginDelays.Attempt attempt = login.check(address, context.header("Authorization"));
        if (attempt.retryAfter().isPresent()) {
            Duration wait = attempt.retryAfter().get();
            context.header("Retry-After", String.valueOf(wait.toSeconds() + 1));
            throw new HttpResponseException(
                    TOO_MANY_REQUESTS, "too many wrong passwords from this address: wait, and then try again");
        }
        if (!attempt.correct()) {
            context.header("WWW-Authenticate", "Basic realm=\"swath\", charset=\"UTF-8\"");
            throw new UnauthorizedResponse(
                    "give the user and the password of the settings console.user and console.password");
        }
    }

    private void answerHealth(Context context) {
        Map<String, Object> report = health.read();
        context.status("UP".equals(report.get("status")) ? 200 : 503).json(report);
    }

    private static void answerFailure(Exception failure, Context context) {
        log.error("the console cannot answer a request for {}", context.path(), failure);
        context.status(HttpStatus.INTERNAL_SERVER_ERROR).result("Swath's log has the reason");
    }

    @Override
    public void close() {
        server.stop();
        metrics.close();
    }
}
