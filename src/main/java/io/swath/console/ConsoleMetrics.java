package io.swath.console;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.model.SceneState;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The metrics of Swath, in the text format of Prometheus. Thread-safe. */
final class ConsoleMetrics implements AutoCloseable {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    /** A field, because the meters hold only a weak reference to it. */
    private final Supplier<Map<String, Long>> commandsSent;

    ConsoleMetrics(Ledger ledger, Incidents incidents, Supplier<Map<String, Long>> commandsSent) {
        this.commandsSent = commandsSent;
        measure(ledger);
        Gauge.builder("swath.incidents", incidents, from -> from.open().size())
                .description("Parts of the infrastructure that do not work now")
                .register(registry);
        FunctionCounter.builder("swath.cluster.commands", this.commandsSent, ConsoleMetrics::sum)
                .description("Commands sent to the cluster")
                .register(registry);
    }

    private static long sum(Supplier<Map<String, Long>> sent) {
        return sent.get().values().stream().mapToLong(Long::longValue).sum();
    }

    String text() {
        commandsSent.get().keySet().forEach(this::countCommand);
        return registry.scrape();
    }

    /** Does nothing when the command is counted already. */
    private void countCommand(String name) {
        FunctionCounter.builder(
                        "swath.cluster.commands.sent",
                        commandsSent,
                        sent -> sent.get().getOrDefault(name, 0L))
                .description("Commands sent to the cluster, by name")
                .tag("command", name)
                .register(registry);
    }

    private void measure(Ledger ledger) {
        new JvmMemoryMetrics().bindTo(registry);
        for (SceneState state : SceneState.values()) {
            Gauge.builder(
                            "swath.scenes",
                            ledger,
                            from -> from.read(session -> session.scenes().count(Set.of(state))))
                    .description("Scenes by state")
                    .tag("state", state.name())
                    .register(registry);
        }
        Gauge.builder(
                        "swath.runs.open",
                        ledger,
                        from -> from.read(session -> session.runs().openCount()))
                .description("Runs that are queued or running")
                .register(registry);
        FunctionCounter.builder(
                        "swath.night.firings",
                        ledger,
                        from -> from.read(session -> session.nights().count()))
                .description("Nights that were processed, by schedule or by command")
                .register(registry);
        Gauge.builder(
                        "swath.night.scenes",
                        ledger,
                        from -> from.read(session -> session.nights().waiting().size()))
                .description("Scenes of nightly reprocessing that have not ended")
                .register(registry);
        Gauge.builder(
                        "swath.inbox.waiting",
                        ledger,
                        from -> from.read(session -> session.inboxEntries().count()))
                .description("Entries that wait in an inbox because something is missing")
                .register(registry);
        Gauge.builder(
                        "swath.outbox.unsent",
                        ledger,
                        from -> from.read(session -> session.outbox().unsentCount()))
                .description("Messages that wait to be sent")
                .register(registry);
    }

    @Override
    public void close() {
        registry.close();
    }
}
