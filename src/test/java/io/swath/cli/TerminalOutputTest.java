package io.swath.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TerminalOutputTest {
    private final ByteArrayOutputStream terminal = new ByteArrayOutputStream();
    private final PrintStream out =
            new PrintStream(new TerminalOutput(terminal, StandardCharsets.UTF_8), true, StandardCharsets.UTF_8);

    private String printed() {
        return terminal.toString(StandardCharsets.UTF_8);
    }

    @Test
    void what_people_write_is_printed_unchanged() {
        out.println("Åre\t北京 🛰");
        out.printf("%d tiles%n", 3);
        assertThat(printed()).isEqualTo("Åre\t北京 🛰\n3 tiles\n");
    }

    @Test
    void characters_that_command_a_terminal_are_replaced() {
        out.print("a\u001b[2Jb\rc\u0007d\u009be\u202ef\u2028g");
        out.append('\u001b').flush();
        assertThat(printed()).isEqualTo("a\ufffd[2Jb\ufffdc\ufffdd\ufffde\ufffdf\ufffdg\ufffd");
    }

    @Test
    void a_character_whose_bytes_come_one_by_one_is_printed_whole() throws IOException {
        for (byte part : "é🛰\u009b中\n".getBytes(StandardCharsets.UTF_8)) {
            out.write(part);
        }
        assertThat(printed()).isEqualTo("é🛰\ufffd中\n");
    }

    @Test
    void bytes_that_are_no_characters_are_replaced() throws IOException {
        out.write(new byte[] {'a', (byte) 0x9b, 'b', (byte) 0xff, 'c'});
        assertThat(printed()).isEqualTo("a\ufffdb\ufffdc");
    }

    @Test
    void long_texts_are_printed_whole() {
        String text = "中🛰x".repeat(20_000);
        out.println(text);
        assertThat(printed()).isEqualTo(text + "\n");
    }

    @Test
    void an_error_that_quotes_the_command_line_is_one_line() {
        StringWriter errors = new StringWriter();
        int status = Main.commandLine()
                .setErr(new PrintWriter(errors, true))
                .execute("status", "x", "y\u001b]0;owned\u0007\nswath: all is well");
        assertThat(status).isEqualTo(2);
        assertThat(errors.toString())
                .doesNotContain("\u001b", "\u0007")
                .doesNotContainPattern("(?m)^swath: all is well");
    }
}
