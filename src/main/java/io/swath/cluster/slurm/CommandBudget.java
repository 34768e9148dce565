package io.swath.cluster.slurm;

import io.swath.cluster.UnreachableException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many commands Slurm gets in a minute: a token bucket for all commands together, which holds half of a minute's
 * commands. A command waits for its token. A quarter of the bucket is kept for commands that change something, and while one
 * of these waits, no question is sent that takes a token for which it waits: questions never delay a submission. What a person
 * asked for does not wait: the others make up for it.
 *
 * <p>When Slurm answers that it is overloaded, the budget is halved, at most every 10 s and down to 6 a minute. It grows back
 * by a tenth of the setting each minute. The texts are those of {@code slurm_errtab} in {@code src/common/slurm_errno.c}.
 *
 * <p>Where slurmctld limits the rate of a user ({@link RateLimit}), commands wait for a token of that limit too for each request that
 * they make. Thread-safe.
 */
final class CommandBudget {
    /** A budget of so many makes no command wait, whatever Slurm answers. */
    static final int UNLIMITED = 1_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(CommandBudget.class);
    private static final Pattern OVERLOADED = Pattern.compile(
            "(?i).*(rate limit|socket timed out|unable to contact slurm controller|resource temporarily unavailable).*");
    private static final double LEAST_PER_MINUTE = 6;
    private static final double RECOVERY_PER_MINUTE = 0.1;
    private static final Duration BETWEEN_HALVINGS = Duration.ofSeconds(10);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    private static final Duration AFTER_CHANGES = Duration.ofMillis(200);

    private final double setting;
    private final Clock steady;
    private final Consumer<Duration> pause;
    private final TokenBucket all;
    private double perMinute;
    private Optional<RateLimit> limit = Optional.empty();
    /** What slurmctld accepts; empty: it has no limit, or nobody has asked yet. */
    private Optional<TokenBucket> controller = Optional.empty();

    /** How many calls wait to send commands that change something. */
    private int changesWaiting;

    private Instant halvedAt = Instant.MIN;
    private String overload = "";

    /**
     * @param perMinute how many commands in a minute, at least 1
     * @param steady a clock that never jumps
     * @param pause waits for so long
     */
    CommandBudget(int perMinute, Clock steady, Consumer<Duration> pause) {
        this.setting = perMinute;
        this.steady = steady;
        this.pause = pause;
        this.perMinute = setting;
        this.all = new TokenBucket(capacity(), setting, steady.instant());
    }

    /** Keeps to what slurmctld accepts from a user, from now on. */
    synchronized void keepTo(Optional<RateLimit> now) {
        if (!now.equals(limit)) {
            now.ifPresentOrElse(
                    rate -> LOG.info("slurmctld accepts {} (rl_enable); Swath keeps to that", rate),
                    () -> LOG.info("slurmctld no longer limits the rate of requests (rl_enable)"));
            limit = now;
            controller = now.map(rate -> new TokenBucket(rate.atOnce(), rate.perMinute(), steady.instant()));
        }
    }

    /**
     * Waits until these commands may be sent together.
     *
     * @param requests how many requests of slurmctld they take together
     * @throws UnreachableException when the thread is interrupted, because Swath is stopping
     */
    void take(int commands, Precedence precedence, int requests) {
        Duration wait = tryTake(commands, precedence, requests);
        if (wait.isZero()) {
            return;
        }
        changesWaiting(precedence == Precedence.CHANGE ? 1 : 0);
        try {
            while (!wait.isZero()) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new UnreachableException("Swath is stopping, so it sends no more commands to Slurm", null);
                }
                pause.accept(wait);
                wait = tryTake(commands, precedence, requests);
            }
        } finally {
            changesWaiting(precedence == Precedence.CHANGE ? -1 : 0);
        }
    }

    private synchronized void changesWaiting(int more) {
        changesWaiting += more;
    }

    private synchronized Duration tryTake(int commands, Precedence precedence, int requests) {
        if (setting >= UNLIMITED) {
            return Duration.ZERO;
        }
        fill();
        boolean inTheWay = requests > 0 || controller.isEmpty(); // accounting takes nothing of slurmctld's
        if (precedence == Precedence.QUESTION && changesWaiting > 0 && inTheWay) {
            return AFTER_CHANGES;
        }
        Duration ofAll = all.timeUntil(commands, precedence);
        Duration ofController = controller
                .filter(bucket -> requests > 0)
                .map(bucket -> bucket.timeUntil(requests, precedence))
                .orElse(Duration.ZERO);
        Duration wait = ofAll.compareTo(ofController) > 0 ? ofAll : ofController;
        if (wait.isZero()) {
            all.take(commands);
            controller.ifPresent(bucket -> bucket.take(requests));
        }
        return wait.compareTo(LONGEST_PAUSE) < 0 ? wait : LONGEST_PAUSE; // the budget may change meanwhile
    }

    private double capacity() {
        return Math.max(1, perMinute / 2);
    }

    private void fill() {
        Instant now = steady.instant();
        controller.ifPresent(bucket -> bucket.fill(now));
        double minutes = all.fill(now);
        changeRate(Math.min(setting, perMinute + minutes * RECOVERY_PER_MINUTE * setting));
        if (perMinute >= setting) {
            overload = "";
        }
    }

    private void changeRate(double rate) {
        perMinute = rate;
        all.resize(capacity(), rate);
    }

    /** Reads what a command printed about errors, also when it succeeded in the end. */
    synchronized void answered(String name, String stderr) {
        Optional<String> line = stderr.lines()
                .map(OVERLOADED::matcher)
                .filter(Matcher::matches)
                .map(Matcher::group)
                .findFirst();
        if (line.isEmpty() || setting >= UNLIMITED) {
            return;
        }
        fill();
        Instant now = steady.instant();
        if (!halvedAt.isAfter(now.minus(BETWEEN_HALVINGS))) {
            halvedAt = now;
            changeRate(Math.min(setting, Math.max(LEAST_PER_MINUTE, perMinute / 2)));
            all.drainTo(1);
        }
        overload = name + ": " + CommandResult.clean(line.get());
    }

    /** What Slurm said about its overload, and what Swath does about it; empty while the budget is the setting's. */
    synchronized Optional<String> overload() {
        fill();
        return Optional.of(overload)
                .filter(text -> !text.isEmpty())
                .map(text ->
                        "Slurm is overloaded, or limits the rate of commands (" + text + "). Swath now sends at most "
                                + Math.round(perMinute)
                                + " commands a minute, and more again when Slurm answers. If it stays, lower"
                                + " slurm.commands-per-minute, or ask the cluster's administrator");
    }
}
