package io.swath.cluster.slurm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ShellLineTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String NASTY = " '\"\\$`!*?[]{}()<>|&;#~=%\n\t\u001f-äß€𝄞aZ0/.,:";

    private static String shell(String line) throws Exception {
        Process process = new ProcessBuilder("/bin/sh", "-c", line).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(line).isZero();
        return output;
    }

    @Test
    void every_word_reaches_the_program_unchanged() throws Exception {
        Random random = new Random(20261123);
        int[] characters = NASTY.codePoints().toArray();
        for (int round = 0; round < 20; round++) {
            List<String> words = new ArrayList<>(List.of("", "-n", "$(id)", "'; echo gone; '"));
            for (int word = 0; word < 20; word++) {
                StringBuilder text = new StringBuilder();
                random.ints(random.nextInt(12), 0, characters.length)
                        .forEach(index -> text.appendCodePoint(characters[index]));
                words.add(text.toString());
            }
            List<String> argv = new ArrayList<>(List.of("printf", "%s\\001"));
            argv.addAll(words);
            String output = shell(ShellLine.of(new Command(argv, "print"), LIMIT));
            assertThat(List.of(output.split("\u0001", -1)).subList(0, words.size()))
                    .isEqualTo(words);
        }
    }

    @Test
    void the_environment_is_clean() throws Exception {
        String line = ShellLine.of(new Command(List.of("env"), "print"), LIMIT);
        String output = shell("export SLURM_TIME_FORMAT=%s SACCT_FORMAT=x SLURM_CONF=/etc/s.conf TZ=CET; " + line);
        assertThat(output)
                .contains("TZ=UTC\n", "SLURM_BITSTR_LEN=0\n", "SLURM_CONF=/etc/s.conf\n")
                .doesNotContain("SLURM_TIME_FORMAT", "SACCT_FORMAT");
    }

    @Test
    void a_word_with_a_nul_character_is_rejected() {
        assertThatThrownBy(() -> new Command(List.of("echo", "a\0b"), "print"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
