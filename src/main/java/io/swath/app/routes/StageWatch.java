package io.swath.app.routes;

import org.apache.camel.Exchange;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spi.CamelEvent.ExchangeCompletedEvent;
import org.apache.camel.support.EventNotifierSupport;

/** Resolves the incident of a stage when the stage has worked again. Thread-safe. */
public final class StageWatch extends EventNotifierSupport {
    private final RouteFailures routeFailures;

    public StageWatch(RouteFailures routeFailures) {
        this.routeFailures = routeFailures;
    }

    @Override
    public void notify(CamelEvent event) {
        Exchange exchange = ((ExchangeCompletedEvent) event).getExchange();
        if (exchange.getProperty(Exchange.EXCEPTION_CAUGHT) == null) {
            routeFailures.recovered(String.valueOf(exchange.getFromRouteId()));
        }
    }

    @Override
    public boolean isEnabled(CamelEvent event) {
        return event instanceof ExchangeCompletedEvent;
    }
}
