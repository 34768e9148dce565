package io.swath.untrusted.log;

import ch.qos.logback.classic.pattern.MessageConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.swath.untrusted.Texts;

/** The message of a log line, as {@link Texts#line} makes it. Thread-safe. */
public final class SafeMessage extends MessageConverter {
    @Override
    public String convert(ILoggingEvent event) {
        return Texts.line(String.valueOf(super.convert(event)));
    }
}
