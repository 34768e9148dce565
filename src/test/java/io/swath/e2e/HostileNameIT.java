package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names that would forge a line of the log, or command a terminal, through the whole program. */
class HostileNameIT {
    private static final List<String> NAMES = List.of(
            "a\n2026-11-25T00:00:00.000Z ERROR Swath: forged\u001b]0;owned\u0007.txt",
            "b\u202egnp\u2028\u009b2Jx.tif",
            "café 中文\r\u001b[2J.tif");

    @TempDir
    private Path temp;

    @Test
    void a_name_with_control_characters_reaches_neither_the_log_nor_a_command_as_it_is() throws Exception {
        Path scene = Files.writeString(temp.resolve("scene"), "no TIFF");
        try (SwathProcess swath = new SwathProcess(temp, temp.resolve("storage"), Map.of("cluster", "local"))) {
            swath.command("doctor", "--create").orFail();
            swath.start();
            for (String name : NAMES) {
                swath.drop("ndvi", Files.writeString(scene, name), name);
            }
            swath.await(
                    "all are rejected",
                    Duration.ofMinutes(1),
                    () -> swath.query("select id from scene where state = 'REJECTED'")
                                    .size()
                            == NAMES.size());
            String id = swath.id(NAMES.get(2));

            assertHarmless(swath.log());
            assertThat(swath.log()).contains("café 中文").doesNotContainPattern("(?m)^2026-11-25T");
            String list = swath.command("status").orFail();
            assertHarmless(list);
            assertThat(list.lines()).hasSize(1 + NAMES.size());
            String one = swath.command("status", id).orFail();
            assertHarmless(one);
            assertThat(one).contains("café 中文");
            for (String name : NAMES) {
                Subprocess.Result unknown = swath.command("status", name);
                assertThat(unknown.exit()).isNotZero();
                assertHarmless(unknown.out() + unknown.err());
                assertThat(unknown.err().lines()).hasSize(1);
            }
            assertHarmless(swath.command("status", "x", NAMES.get(0)).err());
            assertHarmless(
                    swath.command("plan", "--recipe", "ndvi", NAMES.get(0)).err());
        }
    }

    /** Line feeds and tabs are Swath's own. */
    private static void assertHarmless(String text) {
        assertThat(text).isNotBlank();
        assertThat(text.replaceAll("[\n\t]", "")).doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");
    }
}
