package io.swath.app;

import org.apache.camel.Exchange;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spi.CamelEvent.ExchangeCompletedEvent;
import org.apache.camel.support.EventNotifierSupport;

/** Ends the trouble of a stage when it has worked again. */
final class StageWatch extends EventNotifierSupport {
    private final Mishaps mishaps;

    StageWatch(Mishaps mishaps) {
        this.mishaps = mishaps;
    }

    @Override
    public void notify(CamelEvent event) {
        Exchange exchange = ((ExchangeCompletedEvent) event).getExchange();
        if (exchange.getProperty(Exchange.EXCEPTION_CAUGHT) == null) {
            mishaps.passed(String.valueOf(exchange.getFromRouteId()));
        }
    }

    @Override
    public boolean isEnabled(CamelEvent event) {
        return event instanceof ExchangeCompletedEvent;
    }
}
