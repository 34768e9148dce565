package io.swath.app.routes;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.InflightRepository.InflightExchange;

/** Stages that have been at one piece of work for too long: nothing fails then, and nothing goes on either. */
public final class Stalls {
    /** Reading a scene of 100 GB takes a few minutes; what takes longer than this waits for something. */
    public static final Duration LONG = Duration.ofMinutes(15);

    private Stalls() {}

    /** What does not end, part by part; the context must let its exchanges in flight be browsed. */
    public static Map<String, String> of(CamelContext context, Duration limit) {
        Map<String, String> stalls = new TreeMap<>();
        for (InflightExchange work : context.getInflightRepository().browse()) {
            Duration busy = Duration.ofMillis(work.getDuration());
            if (busy.compareTo(limit) > 0) {
                stalls.put(
                        "stage " + work.getFromRouteId(),
                        "it has been at the same work for " + busy.toMinutes() + " min, at " + work.getNodeId()
                                + " of route " + work.getAtRouteId() + ". Unless that is a very large scene, a storage"
                                + " or a network does not answer; see to it, or start Swath again. Nothing is lost");
            }
        }
        return stalls;
    }
}
