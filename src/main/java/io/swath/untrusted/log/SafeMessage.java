package io.swath.untrusted.log;

import ch.qos.logback.classic.pattern.MessageConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.swath.model.Secret;
import io.swath.untrusted.Texts;

/** The message of a log line, as {@link Texts#line} makes it, without passwords. Thread-safe. */
public final class SafeMessage extends MessageConverter {
    @Override
    public String convert(ILoggingEvent event) {
        return Texts.line(Secret.hide(String.valueOf(super.convert(event))));
    }
}
