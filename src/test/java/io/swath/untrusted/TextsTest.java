package io.swath.untrusted;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextsTest {
    @Test
    void a_short_plain_text_is_shown_unchanged() {
        assertThat(Texts.shown("Kiruna, Åre, 北京 🛰")).isEqualTo("Kiruna, Åre, 北京 🛰");
    }

    @Test
    void a_long_text_is_cut_between_characters() {
        assertThat(Texts.shown("x".repeat(60))).isEqualTo("x".repeat(60));
        assertThat(Texts.shown("x".repeat(61))).isEqualTo("x".repeat(60) + "…");
        assertThat(Texts.shown("🛰🛰🛰", 2)).isEqualTo("🛰🛰…");
        assertThat(Texts.line("x".repeat(500))).hasSize(500);
    }

    @Test
    void characters_that_could_change_a_terminal_or_a_log_are_replaced() {
        assertThat(Texts.line("a\u001b[31mb")).isEqualTo("a\ufffd[31mb");
        assertThat(Texts.line("a\r\nb\u0085c\u2028d")).isEqualTo("a\ufffd\ufffdb\ufffdc\ufffdd");
        assertThat(Texts.line("gnp.\u202efit")).isEqualTo("gnp.\ufffdfit");
        assertThat(Texts.line("a\ud800b")).isEqualTo("a\ufffdb");
    }

    @Test
    void text_for_a_database_keeps_everything_except_zero_bytes_and_unpaired_surrogates() {
        assertThat(Texts.storable("a\n\u001b🛰")).isEqualTo("a\n\u001b🛰");
        assertThat(Texts.storable("a\u0000b\udc00")).isEqualTo("a\ufffdb\ufffd");
    }

    @Test
    void printable_text_has_no_control_characters() {
        assertThat(Texts.printable("Åre 🛰")).isTrue();
        assertThat(Texts.printable("a\tb")).isFalse();
        assertThat(Texts.printable("a\ud800")).isFalse();
    }
}
