package io.swath.submission;

import io.swath.cluster.Capabilities;
import io.swath.cluster.Cluster;
import io.swath.cluster.GpuSlice;
import io.swath.cluster.NodeKind;
import io.swath.ledger.LearnedSizes.Ended;
import io.swath.ledger.LearnedSizes.RunClass;
import io.swath.ledger.LearnedSizes.Taught;
import io.swath.ledger.Ledger;
import io.swath.ledger.Session;
import io.swath.model.Cause;
import io.swath.submission.sizing.Learned;
import io.swath.submission.sizing.Observation;
import io.swath.submission.sizing.Observation.Ending;
import io.swath.submission.sizing.Quantity;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the runs that have ended teach what later runs need. Each run teaches once: what it taught is written in the
 * transaction that records it as learned.
 *
 * <p>Only runs that used what they needed teach: those that succeeded, and those that were killed at their limit.
 *
 * <p>To be called from one thread.
 */
final class Learning {
    private static final Logger log = LoggerFactory.getLogger(Learning.class);
    private static final int AT_ONCE = 1_000;

    private final Ledger ledger;
    private final Cluster cluster;

    Learning(Ledger ledger, Cluster cluster) {
        this.ledger = ledger;
        this.cluster = cluster;
    }

    /**
     * Learns from the runs that have ended since the last call, at most 1,000 of them.
     *
     * @throws io.swath.cluster.ClusterException when there are some, and it is not known on what kinds of nodes they ran; then
     *     they teach later
     */
    void learn() {
        if (ledger.read(session -> session.learnedSizes().ended(1)).isEmpty()) {
            return;
        }
        Capabilities nodes = cluster.capabilities();
        ledger.change(session -> {
            List<Ended> runs = session.learnedSizes().ended(AT_ONCE);
            new Lesson(session, nodes).learn(runs);
            session.learnedSizes().markLearned(runs.stream().map(Ended::ref).toList());
        });
    }

    private record Subject(RunClass key, Quantity quantity, String recipeHash) {}

    /** What is learned within one transaction. */
    private static final class Lesson {
        private final Session session;
        private final Capabilities nodes;
        private final Map<Subject, Learned> learned = new HashMap<>();
        private final Map<Subject, Double> megabytes = new HashMap<>();
        private final Map<Subject, Integer> cards = new HashMap<>();

        Lesson(Session session, Capabilities nodes) {
            this.session = session;
            this.nodes = nodes;
        }

        void learn(List<Ended> runs) {
            for (Ended run : runs) {
                run.memoryKiB()
                        .filter(peak -> run.requestedMiB() > 0)
                        .or(() ->
                                run.cause().filter(Cause.OUT_OF_MEMORY::equals).map(cause -> 0L))
                        .ifPresent(peak ->
                                learn(run, Quantity.MEMORY, Cause.OUT_OF_MEMORY, peak / 1024.0, run.requestedMiB()));
                gpu(run);
                run.elapsed()
                        .ifPresent(elapsed -> learn(
                                run,
                                Quantity.TIME,
                                Cause.TIMEOUT,
                                elapsed.toMillis() / 1000.0,
                                run.limit().toMillis() / 1000.0));
            }
            learned.forEach((subject, what) -> session.learnedSizes()
                    .save(new Taught(
                            subject.key(),
                            subject.quantity().name(),
                            subject.recipeHash(),
                            what.runs(),
                            megabytes.get(subject),
                            what.text(),
                            cards.getOrDefault(subject, 0))));
        }

        /** Of one GPU. A kill counts at what the run was given of it, or at what it had taken, if that is more. */
        private void gpu(Ended run) {
            Subject subject = new Subject(run.key(), Quantity.GPU_MEMORY, run.recipeHash());
            int card = smallestGpu(subject, run.gpu().cardMiB());
            if (run.asked().whole() > 1 || card == 0) {
                return;
            }
            boolean killed = run.cause().filter(Cause.GPU_OUT_OF_MEMORY::equals).isPresent();
            Optional<Integer> used = run.gpu().memoryMiB();
            double given = GpuSlice.of(run.asked().type())
                    .map(GpuSlice::memoryMiB)
                    .orElse(run.asked().part() * run.gpu().cardMiB().orElse(card));
            if (killed ? given > 0 : used.isPresent()) {
                learn(
                        run,
                        Quantity.GPU_MEMORY,
                        Cause.GPU_OUT_OF_MEMORY,
                        used.orElse(0),
                        Math.max(Math.max(1, given), used.orElse(0)));
            }
            run.gpu()
                    .percent()
                    .filter(percent -> run.succeeded())
                    .ifPresent(percent -> learn(run, Quantity.GPU_USE, Cause.GPU_OUT_OF_MEMORY, percent, 100));
        }

        /** On which the runs of a class were measured, with this one; 0: none was. */
        private int smallestGpu(Subject subject, Optional<Integer> card) {
            int before = cards.computeIfAbsent(
                    subject,
                    known -> session.learnedSizes()
                            .find(known.key(), known.quantity().name(), known.recipeHash())
                            .map(Taught::cardMiB)
                            .orElse(0));
            card.ifPresent(mib -> cards.put(subject, before == 0 ? mib : Math.min(before, mib)));
            return cards.get(subject);
        }

        private void learn(Ended run, Quantity quantity, Cause kill, double used, double limit) {
            Optional<Ending> ending = run.succeeded()
                    ? Optional.of(Ending.FINISHED)
                    : run.cause().filter(kill::equals).map(cause -> run.lost() ? Ending.LOST : Ending.KILLED);
            if (ending.isEmpty() || limit <= 0) {
                return;
            }
            Subject subject = new Subject(run.key(), quantity, run.recipeHash());
            megabytes.put(subject, run.megabytes());
            learned.computeIfAbsent(subject, known -> find(known, limit))
                    .learn(new Observation(
                            run.megabytes(),
                            used,
                            limit,
                            ending.get(),
                            run.sceneId() + "/" + run.version() + "/"
                                    + run.key().step() + "/" + run.tile(),
                            run.sceneId(),
                            run.node(),
                            nodes.kindOf(run.key().partition(), run.node())
                                    .map(NodeKind::id)
                                    .orElse("")));
        }

        private Learned find(Subject subject, double limit) {
            return session.learnedSizes()
                    .find(subject.key(), subject.quantity().name(), subject.recipeHash())
                    .flatMap(Learning::parse)
                    .orElseGet(() -> Learned.of(subject.quantity(), limit));
        }
    }

    /** What was taught; empty if its text is damaged, and then it is learned anew. */
    static Optional<Learned> parse(Taught taught) {
        try {
            return Optional.of(Learned.parse(taught.state()));
        } catch (IllegalArgumentException damaged) {
            log.warn(
                    "what was learned cannot be read, and is learned anew recipe={} step={} quantity={}: {}",
                    taught.key().recipe(),
                    taught.key().step(),
                    taught.quantity(),
                    damaged.getMessage());
            return Optional.empty();
        }
    }
}
