package io.swath.app.routes;

import io.swath.health.Incidents;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reports a stage's exception as an incident, and resolves it when the stage works again. Thread-safe. */
public final class RouteFailures {
    private static final Logger log = LoggerFactory.getLogger(RouteFailures.class);
    private final Incidents incidents;
    /** The routes that failed because of the database and have not worked since. */
    private final Set<String> withoutLedger = ConcurrentHashMap.newKeySet();

    public RouteFailures(Incidents incidents) {
        this.incidents = incidents;
    }

    /** For the routes' error handling. */
    public void report(Exchange exchange) {
        Exception failure = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
        String route = String.valueOf(exchange.getFromRouteId());
        log.debug("route {} failed", route, failure);
        Throwable root = failure;
        boolean ledger = false;
        while (root != null && root.getCause() != null) {
            ledger |= root instanceof SQLException;
            root = root.getCause();
        }
        if (ledger || root instanceof SQLException) {
            withoutLedger.add(route);
            incidents.report("ledger", "the database cannot be used: " + root);
        } else {
            incidents.report("stage " + route, String.valueOf(failure));
        }
    }

    /** For the routes' error handling: this Swath has lost leadership, so its change was refused. */
    public void ignoreFenced(Exchange exchange) {
        log.debug(
                "route {} is refused, because this Swath is not the leader",
                exchange.getFromRouteId(),
                exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class));
    }

    /** Records that a stage has worked without an exception. */
    void recovered(String route) {
        incidents.resolve("stage " + route);
        if (withoutLedger.remove(route) && withoutLedger.isEmpty()) {
            incidents.resolve("ledger");
        }
    }
}
