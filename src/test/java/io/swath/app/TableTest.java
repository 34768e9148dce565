package io.swath.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void wordsStandToTheLeftAndNumbersToTheRight() {
        Table table =
                new Table("SCENE", "TILES", "MEMORY").row("a", 9, "600 MiB").row("scene-b", 1_200, null);

        assertThat(table.toString()).isEqualTo("""
                        SCENE    TILES   MEMORY
                        a            9  600 MiB
                        scene-b   1200        -
                        """);
    }

    @Test
    void aColumnWithOneWordInItIsOfWords() {
        assertThat(new Table("WHAT", "N").row("1", 1).row("one", 10).toString()).isEqualTo("""
                        WHAT   N
                        1      1
                        one   10
                        """);
    }

    @Test
    void aTableWithoutRowsIsItsHead() {
        assertThat(new Table("SCENE", "STATE").toString()).isEqualTo("SCENE  STATE\n");
    }
}
