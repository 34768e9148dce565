package io.swath.arrival.night;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.ledger.GpuUsage;
import io.swath.ledger.Ledger;
import io.swath.ledger.Nights.Firing;
import io.swath.ledger.Session;
import io.swath.ledger.Usage;
import io.swath.model.SceneState;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Puts an event into the outbox when a night has ended: how many times what they used its runs asked for, by recipe and step,
 * which parts of GPUs they asked for and used, and what the next runs will ask for and why. Each night that reprocessed a scene has
 * one event.
 *
 * <p>A night ends at {@code nightly.until}; without that, when each of its scenes has ended. To be called from one thread.
 */
public final class NightReport {
    private final Ledger ledger;
    private final Schedule schedule;
    private final Supplier<Optional<List<Next>>> next;
    private final ObjectMapper json;
    private final Clock clock;

    /**
     * What the next run of a step asks for.
     *
     * @param quantity {@code memory}, {@code time}, {@code gpu_memory} or {@code gpu_use}
     * @param runs from which it was learned
     * @param request the amount and its reason, in one sentence
     */
    public record Next(String recipe, String step, String partition, String quantity, long runs, String request) {}

    /** @param next empty while it is not known what the cluster offers; then the event waits */
    public NightReport(
            Ledger ledger, Schedule schedule, Supplier<Optional<List<Next>>> next, ObjectMapper json, Clock clock) {
        this.ledger = ledger;
        this.schedule = schedule;
        this.next = next;
        this.json = json;
        this.clock = clock;
    }

    /** Writes the events of the nights that have ended and have none yet. */
    public void work() {
        List<Firing> ended = ledger.read(session -> session.nights().unreported(clock.instant())).stream()
                .filter(this::hasEnded)
                .toList();
        if (ended.isEmpty()) {
            return;
        }
        next.get()
                .ifPresent(requests ->
                        ended.forEach(firing -> ledger.change(session -> report(session, firing, requests))));
    }

    private boolean hasEnded(Firing firing) {
        Optional<Instant> end = schedule.end(firing.due());
        return end.isPresent()
                ? !clock.instant().isBefore(end.get())
                : ledger.read(session -> session.nights().scenes(firing)).keySet().stream()
                        .allMatch(SceneState::terminal);
    }

    private void report(Session session, Firing firing, List<Next> requests) {
        if (session.nights().markReported(firing) && firing.chosen() > 0) {
            session.outbox().night(firing.schedule() + "/" + firing.due(), text(session, firing, requests));
        }
    }

    private String text(Session session, Firing firing, List<Next> requests) {
        Map<SceneState, Integer> scenes = session.nights().scenes(firing);
        ObjectNode data = json.createObjectNode();
        data.put("schedule", firing.schedule());
        data.put("due", firing.due().toString());
        data.put("scenes", firing.chosen());
        data.put("delivered", scenes.getOrDefault(SceneState.DELIVERED, 0));
        data.put("failed", scenes.getOrDefault(SceneState.FAILED, 0));
        data.put(
                "open",
                scenes.entrySet().stream()
                        .filter(state -> !state.getKey().terminal())
                        .mapToInt(Map.Entry::getValue)
                        .sum());
        session.usage()
                .ofNight(firing)
                .forEach(total -> put(data.withArray("/steps").addObject(), total));
        session.gpuUsage()
                .ofNight(firing)
                .forEach(total -> put(data.withArray("/gpus").addObject(), total));
        requests.forEach(request -> data.withArray("/next").addPOJO(request));
        data.withArray("/steps");
        data.withArray("/gpus");
        data.withArray("/next");
        try {
            return json.writeValueAsString(data);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void put(ObjectNode step, Usage.Total total) {
        step.put("recipe", total.recipe());
        step.put("step", total.step());
        step.put("partition", total.partition());
        step.put("outcome", total.outcome());
        step.put("runs", total.runs());
        step.put("elapsedSeconds", total.elapsed().toMillis() / 1000.0);
        step.put("memoryAskedPerUsed", total.memoryAsked().orElse(null));
        step.put("timeAskedPerUsed", total.timeAsked().orElse(null));
        step.put("cpuUsedPerAllocated", total.cpuEfficiency().orElse(null));
    }

    private static void put(ObjectNode gpus, GpuUsage.Total total) {
        gpus.put("recipe", total.recipe());
        gpus.put("step", total.step());
        gpus.put("elapsedSeconds", total.elapsed());
        gpus.put("requestedGpuPart", total.askedPart());
        gpus.put("usedGpuPart", total.neededPart().orElse(null));
    }
}
