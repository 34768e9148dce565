package io.swath.app.routes;

import io.swath.model.Secret;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.camel.spi.InflightRepository.InflightExchange;

/** Finds routes that do not work: those that Camel's health checks report, and those that are stuck. */
public final class RouteHealth {
    /** A scene of 100 GB is read in a few minutes. A stage that needs longer than this waits for something. */
    private static final Duration STALLED_AFTER = Duration.ofMinutes(15);

    private RouteHealth() {}

    /** What is wrong, by part. Empty when all routes work. */
    public static Map<String, String> problems(CamelContext context) {
        Map<String, String> problems = stalled(context, STALLED_AFTER);
        HealthCheckHelper.invokeReadiness(context).stream()
                .filter(result -> result.getState() == HealthCheck.State.DOWN)
                .forEach(result -> problems.put(
                        result.getCheck().getId(),
                        Secret.hide(result.getMessage().orElse("down"))));
        return problems;
    }

    /** The stages that have worked on one exchange for too long. The context has to allow browsing of its exchanges. */
    static Map<String, String> stalled(CamelContext context, Duration limit) {
        Map<String, String> stalled = new TreeMap<>();
        for (InflightExchange work : context.getInflightRepository().browse()) {
            Duration busy = Duration.ofMillis(work.getDuration());
            if (busy.compareTo(limit) > 0) {
                stalled.put(
                        "stage " + work.getFromRouteId(),
                        "it has worked on the same item for " + busy.toMinutes() + " min, at " + work.getNodeId()
                                + " of route " + work.getAtRouteId() + ". Unless the item is a very large scene, the"
                                + " storage or the network does not answer: check them, or restart Swath. Nothing is"
                                + " lost");
            }
        }
        return stalled;
    }
}
