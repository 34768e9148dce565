package io.swath.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void words_are_aligned_left_and_numbers_right() {
        Table table =
                new Table("SCENE", "TILES", "MEMORY").row("a", 9, "600 MiB").row("scene-b", 1_200, null);

        assertThat(table.toString()).isEqualTo("""
                        SCENE    TILES   MEMORY
                        a            9  600 MiB
                        scene-b   1200        -
                        """);
    }

    @Test
    void a_column_with_any_word_is_aligned_left() {
        assertThat(new Table("WHAT", "N").row("1", 1).row("one", 10).toString()).isEqualTo("""
                        WHAT   N
                        1      1
                        one   10
                        """);
    }

    @Test
    void a_table_without_rows_is_only_its_headings() {
        assertThat(new Table("SCENE", "STATE").toString()).isEqualTo("SCENE  STATE\n");
    }

    @Test
    void a_cell_cannot_command_the_terminal_or_make_a_further_row() {
        String cell = "café\u001b[2J\nFORGED\u202e\u2028\r";
        assertThat(new Table("NAME").row(cell).toString()).isEqualTo("""
                        NAME
                        café\ufffd[2J\ufffdFORGED\ufffd\ufffd\ufffd
                        """);
    }
}
