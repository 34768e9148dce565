package io.swath.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A ledger file that is no intact database any more. */
@Tag("resources")
class DamagedLedgerTest {
    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void make() {
        file = folder.resolve("ledger.db");
        try (Ledger ledger = Ledger.sqlite(file, Clock.systemUTC())) {
            ledger.begin();
        }
    }

    private void open() {
        try (Ledger ledger = Ledger.sqlite(file, Clock.systemUTC())) {
            check(ledger).atStart();
        }
    }

    private static DamageCheck check(Ledger ledger) {
        return ledger.damageCheck().orElseThrow();
    }

    /** Whether the next start of Swath reads the whole file before anything else. */
    private boolean nextStartReadsAll() {
        try (Ledger ledger = Ledger.sqlite(file, Clock.systemUTC())) {
            return check(ledger).atStart();
        }
    }

    @Test
    void a_file_that_swath_has_closed_is_read_while_swath_works_and_every_other_one_before() throws Exception {
        assertThat(nextStartReadsAll()).as("nobody has checked it yet").isTrue();
        assertThat(nextStartReadsAll()).isFalse();
        try (Ledger command = Ledger.sqlite(file, Clock.systemUTC())) {
            command.begin();
        }
        assertThat(nextStartReadsAll()).as("a command has used it").isFalse();
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(100)));
        assertThat(nextStartReadsAll()).as("somebody has touched it").isTrue();
        Path copy = Files.copy(file, folder.resolve("copy"));
        Files.move(copy, file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(nextStartReadsAll()).as("it was replaced").isTrue();
        try (Ledger open = Ledger.sqlite(file, Clock.systemUTC())) {
            check(open).atStart();
            open.begin();
            assertThat(nextStartReadsAll()).as("as after a kill").isTrue();
        }
    }

    @Test
    void damage_that_nothing_shows_is_found_while_swath_works_and_keeps_the_next_start_from_working() throws Exception {
        byte[] bytes = Files.readAllBytes(file);
        Arrays.fill(
                bytes, bytes.length - 8_192, bytes.length, (byte) 1); // no page that is read when the file is opened
        Files.write(file, bytes);
        new ClosedFile(file).write(); // as if it was closed like this
        try (Ledger ledger = Ledger.sqlite(file, Clock.systemUTC())) {
            assertThat(check(ledger).atStart()).isFalse();
            assertThatThrownBy(() -> check(ledger).readAll())
                    .isInstanceOf(LedgerException.class)
                    .hasMessageStartingWith("the ledger " + file + " is damaged (")
                    .hasMessageContaining("Swath has stopped")
                    .hasMessageContaining("--new-ledger");
        }
        assertThatThrownBy(this::open).isInstanceOf(LedgerException.class);
    }

    @Test
    void a_check_does_not_delay_the_end() {
        try (Ledger ledger = Ledger.sqlite(file, Clock.systemUTC())) {
            check(ledger).stop();
            check(ledger).readAll();
        }
        assertThat(nextStartReadsAll()).isTrue();
    }

    private static byte[] flip(byte[] bytes, int from, int to, int count) {
        Random random = new Random(1);
        byte[] flipped = bytes.clone();
        for (int number = 0; number < count; number++) {
            flipped[from + random.nextInt(to - from)] ^= (byte) (1 + random.nextInt(255));
        }
        return flipped;
    }

    static Stream<UnaryOperator<byte[]>> damages() {
        return Stream.of(
                bytes -> flip(bytes, 0, 100, 50),
                bytes -> flip(bytes, 100, bytes.length, 3_000),
                bytes -> flip(bytes, bytes.length / 2, bytes.length, 2_000),
                bytes -> Arrays.copyOf(bytes, bytes.length / 2),
                bytes -> Arrays.copyOf(bytes, 2_000),
                bytes -> new byte[bytes.length],
                bytes -> "this is a text, and no database"
                        .repeat(200)
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @MethodSource("damages")
    void a_damaged_file_is_named_with_the_loss_and_a_remedy_and_is_not_changed(UnaryOperator<byte[]> damage)
            throws Exception {
        byte[] damaged = damage.apply(Files.readAllBytes(file));
        Files.write(file, damaged);
        assertThatThrownBy(this::open)
                .isInstanceOf(LedgerException.class)
                .hasMessageStartingWith("the ledger " + file + " is damaged (")
                .hasMessageContaining("Nothing was changed")
                .hasMessageContaining("backup")
                .hasMessageContaining("--new-ledger");
        assertThat(file).hasBinaryContent(damaged);
    }

    @Test
    void the_backups_that_swath_made_are_named() throws Exception {
        Path backup = Files.createFile(folder.resolve("ledger.db.v6-20261101T000000Z.bak"));
        Files.writeString(file, "no database at all, but long enough to have a header that is wrong".repeat(20));
        assertThatThrownBy(this::open).hasMessageContaining(backup.toString());
    }

    @Test
    void an_intact_ledger_is_new_until_it_begins() {
        open();
        try (Ledger begun = Ledger.sqlite(file, Clock.systemUTC());
                Ledger fresh = Ledger.sqlite(folder.resolve("other/ledger.db"), Clock.systemUTC())) {
            assertThat(begun.isNew()).isFalse();
            assertThat(fresh.isNew()).isTrue();
        }
    }

    @Test
    void a_file_that_cannot_be_opened_is_named_with_a_remedy() throws Exception {
        Files.delete(file);
        Files.createDirectory(file);
        assertThatThrownBy(this::open)
                .isInstanceOf(LedgerException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("cannot be opened")
                .hasMessageContaining("belong to the user");
    }

    @Test
    void copies_of_the_drivers_library_that_killed_programs_left_are_removed() throws Exception {
        Path library = Files.createDirectory(folder.resolve("native"));
        Path old = Files.createFile(library.resolve("sqlite-3.54-old-libsqlitejdbc.so"));
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(120)));
        Path young = Files.createFile(library.resolve("sqlite-3.54-young-libsqlitejdbc.so"));
        String before = System.clearProperty("org.sqlite.tmpdir");
        try {
            NativeLibrary.keepIn(library);
            assertThat(old).doesNotExist();
            assertThat(young).exists();
            assertThat(System.getProperty("org.sqlite.tmpdir")).isEqualTo(library.toString());
        } finally {
            System.setProperty("org.sqlite.tmpdir", before);
        }
    }
}
