package io.swath.untrusted.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.joran.spi.JoranException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Formats events as the program's own logback.xml says. */
class LogFormatTest {
    private static final String FORGED = "a\n2026-11-25T00:00:00.000Z ERROR Swath: forged\r\u001b]0;owned\u0007";
    private static final String SAFE = "a\ufffd2026-11-25T00:00:00.000Z ERROR Swath: forged\ufffd\ufffd]0;owned\ufffd";

    private static String format(String message, Throwable failure, Object... arguments) throws JoranException {
        LoggerContext context = new LoggerContext();
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(LogFormatTest.class.getResource("/logback.xml"));
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        OutputStreamAppender<?> console = (OutputStreamAppender<?>) root.getAppender("console");
        Logger logger = context.getLogger("io.swath.Test");
        LoggingEvent event = new LoggingEvent("", logger, Level.WARN, message, failure, arguments);
        return new String(encode(console, event), StandardCharsets.UTF_8);
    }

    @SuppressWarnings("unchecked")
    private static byte[] encode(OutputStreamAppender<?> console, LoggingEvent event) {
        return ((OutputStreamAppender<LoggingEvent>) console).getEncoder().encode(event);
    }

    @Test
    void a_message_is_one_line_and_keeps_what_people_write() throws JoranException {
        assertThat(format("{} is rejected", null, FORGED)).endsWith("WARN  Test: " + SAFE + " is rejected\n");
        assertThat(format("Åre, 北京 🛰, café\u0301", null)).endsWith("Test: Åre, 北京 🛰, café\u0301\n");
    }

    @Test
    void invisible_characters_are_replaced() throws JoranException {
        for (String bad : List.of(
                "\u0000",
                "\u0085",
                "\u009b",
                "\u00ad",
                "\u061c",
                "\u200b",
                "\u200e",
                "\u2028",
                "\u2029",
                "\u202e",
                "\u2066",
                "\ufeff",
                "\udb40\udc41")) {
            assertThat(format("a{}b", null, bad))
                    .as("U+%04X", bad.codePointAt(0))
                    .endsWith("Test: a\ufffdb\n");
        }
        assertThat(format("a{}b", null, "\ud800")).doesNotContain("\ud800");
    }

    @Test
    void the_messages_of_an_exception_its_causes_and_what_it_suppressed_forge_no_line() throws JoranException {
        Exception failure = new IllegalStateException(FORGED, new IllegalArgumentException("cause " + FORGED));
        failure.addSuppressed(new IllegalStateException("suppressed " + FORGED));
        String text = format("failed", failure);
        assertThat(text).contains("IllegalStateException: " + SAFE).contains("cause " + SAFE);
        assertThat(text.lines().skip(1))
                .allSatisfy(
                        line -> assertThat(line)
                                .matches(
                                        "\\s*(Suppressed: |Wrapped by: |Caused by: )?java\\.lang\\.\\w+: .*|\\s+(at |\\.\\.\\. ).*|\\s*"));
        assertThat(text).doesNotContain("\u001b", "\u0007", "\r");
    }
}
