package io.swath.model;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class SecretTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "failover:(tcp://b:1?jms.userName=u&jms.password=hunter2)?timeout=3",
                "failover:(tcp://b:1)?jms.password=hunter2",
                "jdbc:postgresql://db/swath?user=u&password=hunter2&ssl=true",
                "jdbc:postgresql://u:hunter2@db/swath",
                "jdbc:postgresql://u:p@ss:hunter2@db:5432/swath",
                "ssl://b:1?transport.trustStorePassword=hunter2",
                "Could not connect to broker URL: tcp://b:1?jms.PASSWORD=hunter2. Reason: refused",
                "https://host/path?client_secret=hunter2",
            })
    void a_password_in_a_url_is_hidden(String text) {
        assertThat(Secret.hide(text)).doesNotContain("hunter2").contains("(hidden)");
        assertThat(logged(text)).doesNotContain("hunter2").contains("(hidden)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "failover:(ssl://broker:61617)?timeout=10000",
                "broker.password-file=/etc/swath/broker-password",
                "jdbc:postgresql://db:5432/swath?ssl=true",
                "is sent token=a-b-c fencingToken=7",
                "nobody@127.0.0.1:9"
            })
    void other_texts_are_left_as_they_are(String text) {
        assertThat(Secret.hide(text)).isEqualTo(text);
        assertThat(logged(text)).contains(text);
    }

    @Test
    void an_exception_in_the_log_hides_its_password() {
        assertThat(logged("it failed", new IllegalStateException("tcp://b?jms.password=hunter2")))
                .contains("IllegalStateException")
                .doesNotContain("hunter2");
    }

    private static String logged(String text) {
        return logged(text, null);
    }

    /** The text as Swath's own log configuration writes it. */
    private static String logged(String text, Throwable failure) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        OutputStreamAppender<ILoggingEvent> console = (OutputStreamAppender<ILoggingEvent>)
                context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).getAppender("console");
        LoggingEvent event = new LoggingEvent(
                SecretTest.class.getName(),
                context.getLogger("io.swath.Test"),
                ch.qos.logback.classic.Level.WARN,
                text,
                failure,
                null);
        return new String(((PatternLayoutEncoder) console.getEncoder()).encode(event), StandardCharsets.UTF_8);
    }
}
