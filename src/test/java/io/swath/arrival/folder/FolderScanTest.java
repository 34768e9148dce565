package io.swath.arrival.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.swath.arrival.SceneFinder;
import io.swath.arrival.StorageUnavailableException;
import io.swath.arrival.UnpackedArchives;
import io.swath.arrival.folder.Candidate.Ready;
import io.swath.arrival.folder.Candidate.Rejected;
import io.swath.arrival.folder.Candidate.Waiting;
import io.swath.recipes.RecipeBook;
import io.swath.storage.OpenFiles;
import io.swath.storage.Storage;
import io.swath.testing.SmallProduct;
import io.swath.testing.TestClock;
import io.swath.testing.WriteLease;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FolderScanTest {
    @TempDir
    Path root;

    private Path inbox;
    private long seconds;
    private FolderScan scan;

    @BeforeEach
    void makeInbox() throws IOException {
        inbox = Files.createDirectories(root.resolve("inbox/ndvi"));
        SceneEntries entries = new SceneEntries(
                new SceneFinder(
                        new UnpackedArchives(new Storage(root, ""), ".unpacked", Duration.ZERO, Clock.systemUTC())),
                new RecipeBook(root.resolve("recipes")),
                root);
        scan = new FolderScan(
                inbox, root, entries, Duration.ofSeconds(10), Duration.ofHours(1), () -> seconds * 1_000_000_000L);
    }

    @Test
    void an_archive_without_room_is_tried_again_after_a_pause_and_its_wait_counts() throws IOException {
        TestClock clock = new TestClock();
        Storage full = new Storage(root, "", Long.MAX_VALUE / 2);
        Path leftover = Files.createDirectories(root.resolve("scenes/.unpacked/old"));
        SceneEntries entries = new SceneEntries(
                new SceneFinder(new UnpackedArchives(full, ".unpacked", Duration.ZERO, clock)),
                new RecipeBook(root.resolve("recipes")),
                root);
        entries.releaseGone();
        assertThat(leftover).doesNotExist();
        Path entry = Files.write(inbox.resolve("L8.tar.gz"), new SmallProduct().tarGz());
        Candidate first = entries.judge(entry, Optional.empty());
        assertThat(first).isInstanceOfSatisfying(Candidate.Waiting.class, wait -> {
            assertThat(wait.missing())
                    .contains("cannot unpack it now", "more than storage.least-free; free some space");
            assertThat(wait.counted()).isTrue();
        });
        Path unpacked = root.resolve("scenes/.unpacked");
        assertThat(unpacked).isEmptyDirectory();
        FileTime tried = Files.getLastModifiedTime(unpacked);
        clock.forward(Duration.ofSeconds(4));
        assertThat(entries.judge(entry, Optional.empty())).isEqualTo(first);
        assertThat(Files.getLastModifiedTime(unpacked)).isEqualTo(tried);
        clock.forward(Duration.ofSeconds(1));
        assertThat(entries.judge(entry, Optional.empty())).isEqualTo(first);
        assertThat(Files.getLastModifiedTime(unpacked)).isGreaterThan(tried);
    }

    private Path file(String name) throws IOException {
        return Files.writeString(inbox.resolve(name), "content");
    }

    private Candidate only() {
        List<Candidate> found = scan.scan();
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    private List<Candidate> settled() {
        scan.scan();
        seconds += 10;
        return scan.scan();
    }

    /** A file name of only a slash in metadata has led to such a defect. */
    @Test
    void an_entry_that_swath_cannot_judge_waits_and_the_others_are_ready() throws IOException {
        Path broken = Files.createDirectories(inbox.resolve("broken"));
        Files.writeString(broken.resolve("x_MTL.txt"), """
                GROUP = LANDSAT_METADATA_FILE
                  GROUP = PRODUCT_CONTENTS
                    LANDSAT_PRODUCT_ID = "x"
                    PROCESSING_LEVEL = "L1TP"
                    FILE_NAME_BAND_4 = "/"
                  END_GROUP = PRODUCT_CONTENTS
                  GROUP = IMAGE_ATTRIBUTES
                    SPACECRAFT_ID = "LANDSAT_8"
                    SENSOR_ID = "OLI_TIRS"
                  END_GROUP = IMAGE_ATTRIBUTES
                END_GROUP = LANDSAT_METADATA_FILE
                END
                """);
        Path file = file("good.tif");
        assertThat(settled())
                .contains(new Ready(file, Optional.empty()))
                .anyMatch(found -> found.path().equals(broken) && !(found instanceof Ready));
    }

    @Test
    void a_file_is_ready_once_it_has_stood_still() throws IOException {
        Path file = file("a.tif");
        assertThat(only()).isInstanceOfSatisfying(Waiting.class, waiting -> {
            assertThat(waiting.missing()).contains("stay unchanged for 10 s").contains("a.done");
        });
        seconds += 9;
        assertThat(only()).isInstanceOf(Waiting.class);
        seconds += 1;
        assertThat(only()).isEqualTo(new Ready(file, Optional.empty()));
    }

    @Test
    void a_file_that_grows_or_is_replaced_waits_again() throws IOException {
        Path file = file("a.tif");
        FileTime old = FileTime.from(Instant.parse("2001-01-01T00:00:00Z"));
        Files.setLastModifiedTime(file, old);
        only();
        seconds += 9;
        Files.writeString(file, "more content");
        Files.setLastModifiedTime(file, old);
        only();
        seconds += 9;
        Path other = Files.writeString(root.resolve("other"), "MORE CONTENT");
        Files.setLastModifiedTime(other, old);
        Files.move(other, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThat(only()).isInstanceOf(Waiting.class);
        seconds += 10;
        assertThat(only()).isInstanceOf(Ready.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.done", "a.TIF.done"})
    void a_marker_makes_a_file_ready_at_once(String name) throws IOException {
        Path file = file("a.TIF");
        Path marker = file(name);
        assertThat(only()).isEqualTo(new Ready(file, Optional.of(marker)));
    }

    @Test
    void a_marker_without_its_scene_is_listed_after_the_settling_time() throws IOException {
        file("late.done");
        assertThat(scan.scan()).isEmpty();
        seconds += 10;
        assertThat(only()).isInstanceOf(Waiting.class);
        file("late.tif");
        assertThat(only()).isInstanceOf(Ready.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {".hidden.tif", "a.tif.part", "a.tif.PART", "a.tmp", "a.tif.tmp"})
    void temporary_names_are_ignored(String name) throws IOException {
        file(name);
        assertThat(settled()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "with blanks.tif",
                "quote'\"`.tif",
                "line\nend.tif",
                "$(touch hacked).tif",
                "-rf.tif",
                "ümläut 卫星.TIFF",
                "a;b|c&d<e>f*g?[h].tif",
                "%s%n..tif"
            })
    void a_file_of_any_name_can_be_ready(String name) throws IOException {
        boolean ascii = name.chars().allMatch(character -> character < 128);
        assumeTrue(ascii || "UTF-8".equals(System.getProperty("sun.jnu.encoding")), "this locale has no such names");
        Path file = file(name);
        assertThat(settled()).containsExactly(new Ready(file, Optional.empty()));
    }

    @Test
    void a_name_may_have_255_bytes() throws IOException {
        Path file = file("x".repeat(251) + ".tif");
        assertThat(settled()).containsExactly(new Ready(file, Optional.empty()));
    }

    @Test
    void a_file_whose_name_is_not_valid_text_can_be_read() throws Exception {
        new ProcessBuilder("/bin/sh", "-c", "printf x > \"$(printf 'caf\\351.tif')\"")
                .directory(inbox.toFile())
                .start()
                .waitFor();
        Candidate ready = settled().get(0);
        assertThat(ready).isInstanceOf(Ready.class);
        assertThat(Files.readString(ready.path())).isEqualTo("x");
    }

    @Test
    void what_is_no_scene_by_its_name_waits_and_a_marker_turns_it_away_at_once() throws IOException {
        file("notes.doc");
        Files.createDirectories(inbox.resolve("S2A.SAFE/GRANULE"));
        assertThat(settled())
                .hasSize(2)
                .allSatisfy(candidate -> assertThat(candidate)
                        .isInstanceOfSatisfying(
                                Waiting.class,
                                waiting -> assertThat(waiting.counted()).isTrue()));
        file("notes.doc.done");
        file("S2A.SAFE.done");
        assertThat(scan.scan())
                .hasSize(2)
                .allSatisfy(candidate -> assertThat(candidate)
                        .isInstanceOfSatisfying(
                                Rejected.class,
                                rejected -> assertThat(rejected.remedy()).contains("one GeoTIFF with all its bands")));
    }

    @Test
    void an_upload_that_is_renamed_at_its_end_is_ready() throws IOException {
        Path part = file("a.tif.filepart");
        Path unknown = file("b.tif.klm");
        assertThat(settled()).singleElement().isInstanceOf(Waiting.class);
        seconds += 3600;
        assertThat(only()).isInstanceOf(Waiting.class);
        Path first = Files.move(part, inbox.resolve("a.tif"));
        Path second = Files.move(unknown, inbox.resolve("b.tif"));
        assertThat(settled()).containsExactly(new Ready(first, Optional.empty()), new Ready(second, Optional.empty()));
    }

    /** A TIFF of 8 x 8 bytes in one strip, with a place; little-endian. */
    private static byte[] tiff() {
        ByteBuffer bytes = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8);
        int[][] tags = {
            {256, 8},
            {257, 8},
            {258, 8},
            {259, 1},
            {262, 1},
            {273, 448},
            {277, 1},
            {278, 8},
            {279, 64},
            {34264, 0},
            {34735, 0}
        };
        bytes.putShort((short) tags.length);
        for (int[] tag : tags) {
            bytes.putShort((short) tag[0]).putShort((short) 4).putInt(1).putInt(tag[1]);
        }
        return bytes.array();
    }

    @Test
    void a_file_whose_header_says_that_more_must_come_waits_and_is_ready_when_it_is_whole() throws IOException {
        byte[] whole = tiff();
        Path file = Files.write(inbox.resolve("a.tif"), Arrays.copyOf(whole, 480));
        assertThat(settled())
                .singleElement()
                .isInstanceOfSatisfying(
                        Waiting.class,
                        waiting -> assertThat(waiting.missing())
                                .contains("its header says that it has 512 bytes, and it has 480"));
        for (int minute = 0; minute < 59; minute++) {
            seconds += 20;
            assertThat(only()).isInstanceOf(Waiting.class);
        }
        Files.write(file, whole);
        assertThat(settled()).containsExactly(new Ready(file, Optional.empty()));
    }

    @Test
    void an_upload_that_stands_still_for_too_long_or_is_declared_complete_is_rejected() throws IOException {
        file("empty.tif");
        Files.write(inbox.resolve("a.tif"), Arrays.copyOf(tiff(), 480));
        Files.write(inbox.resolve("empty.tif"), new byte[0]);
        settled();
        for (int look = 0; look < 177; look++) {
            seconds += 20;
            assertThat(scan.scan()).hasOnlyElementsOfType(Waiting.class);
        }
        seconds += 7200; // nobody looked: such time does not count
        assertThat(scan.scan()).hasOnlyElementsOfType(Waiting.class);
        seconds += 20;
        assertThat(scan.scan())
                .hasSize(2)
                .allSatisfy(candidate -> assertThat(candidate)
                        .isInstanceOfSatisfying(
                                Rejected.class,
                                rejected -> assertThat(rejected.rule()).isEqualTo("file-is-complete")));
        Files.write(inbox.resolve("b.tif"), Arrays.copyOf(tiff(), 100));
        file("b.done");
        assertThat(scan.scan()).hasSize(3).hasOnlyElementsOfType(Rejected.class);
    }

    @Test
    void a_file_that_a_program_has_open_for_writing_waits_until_it_is_closed() throws IOException {
        Path file = Files.write(inbox.resolve("a.tif"), tiff());
        try (FileChannel writer = FileChannel.open(file, StandardOpenOption.WRITE)) {
            assertThat(writer.isOpen()).isTrue();
            assumeTrue(OpenFiles.firstOpenForWriting(List.of(file)).isPresent(), "this file system has no leases");
            assertThat(settled())
                    .singleElement()
                    .isInstanceOfSatisfying(
                            Waiting.class,
                            waiting -> assertThat(waiting.missing()).contains("a.tif open for writing"));
        }
        assertThat(only()).isEqualTo(new Ready(file, Optional.empty()));
    }

    @Test
    void a_file_of_a_folder_that_a_program_has_open_for_writing_keeps_the_folder_waiting() throws IOException {
        Path folder = folder("S2", "red.tif", "x/nir.tif");
        Path nir = folder.resolve("x/nir.tif");
        try (FileChannel writer = FileChannel.open(nir, StandardOpenOption.WRITE)) {
            assertThat(writer.isOpen()).isTrue();
            assumeTrue(OpenFiles.firstOpenForWriting(List.of(nir)).isPresent(), "this file system has no leases");
            assertThat(settled()).singleElement().isInstanceOf(Waiting.class);
        }
        assertThat(only()).isInstanceOf(Ready.class);
    }

    private static byte[] withoutPlace() {
        byte[] tiff = tiff();
        tiff[8] = 9;
        return tiff;
    }

    @Test
    void companions_are_no_scenes_and_their_geotiff_waits_until_they_stand_still() throws IOException {
        Path tiff = Files.write(inbox.resolve("a.tif"), withoutPlace());
        assertThat(settled())
                .singleElement()
                .isInstanceOfSatisfying(
                        Waiting.class, waiting -> assertThat(waiting.missing()).contains(".tfw and a .prj"));
        file("a.tfw");
        file("a.prj");
        file("a.tif.ovr");
        file("a.xml");
        assertThat(only()).isInstanceOf(Waiting.class);
        assertThat(settled()).containsExactly(new Ready(tiff, Optional.empty()));
    }

    @Test
    void a_companion_that_came_first_waits_for_its_geotiff_for_ever_and_one_that_changes_nothing_is_left()
            throws IOException {
        file("a.tfw");
        file("a.tif.ovr");
        assertThat(settled())
                .singleElement()
                .isInstanceOfSatisfying(
                        Waiting.class, waiting -> assertThat(waiting.counted()).isFalse());
    }

    @Test
    void a_geotiff_without_any_place_is_ready_after_six_settling_times_or_with_a_marker() throws IOException {
        Path tiff = Files.write(inbox.resolve("a.tif"), withoutPlace());
        settled();
        for (int look = 0; look < 4; look++) {
            seconds += 10;
            assertThat(only()).isInstanceOf(Waiting.class);
        }
        seconds += 10;
        assertThat(only()).isEqualTo(new Ready(tiff, Optional.empty()));
        Path marker = file("b.done");
        Path other = Files.write(inbox.resolve("b.tif"), withoutPlace());
        assertThat(scan.scan()).contains(new Ready(other, Optional.of(marker)));
    }

    @Test
    void a_folder_that_is_still_being_filled_waits() throws IOException {
        Path deep = Files.createDirectories(inbox.resolve("S2A.SAFE/GRANULE/IMG"));
        scan.scan();
        seconds += 10;
        Files.writeString(deep.resolve("B04.jp2"), "x");
        assertThat(only()).isInstanceOf(Waiting.class);
    }

    private Path folder(String name, String... files) throws IOException {
        Path folder = Files.createDirectories(inbox.resolve(name));
        Files.writeString(folder.resolve("MTL.json"), "{\"LANDSAT_METADATA_FILE\": {}}");
        Files.writeString(folder.resolve("S2_stac.json"), item("red.tif", "x/nir.tif"));
        Files.createDirectories(folder.resolve("x"));
        for (String file : files) {
            Files.writeString(folder.resolve(file), file);
        }
        return folder;
    }

    private static String item(String red, String nir) {
        return """
                {"type": "Feature", "stac_version": "1.1.0", "id": "S2",
                 "assets": {"red": {"href": "%s"}, "nir": {"href": "%s"}}}
                """.formatted(red, nir);
    }

    private void assertRejected(String rule, String what) {
        assertThat(settled()).singleElement().isInstanceOfSatisfying(Rejected.class, rejected -> {
            assertThat(rejected.rule()).isEqualTo(rule);
            assertThat(rejected.what()).contains(what);
            assertThat(rejected.remedy()).isNotBlank();
        });
    }

    @Test
    void a_folder_with_an_item_is_ready_once_all_its_files_have_stood_still() throws IOException {
        Path folder = folder("S2", "red.tif", "x/nir.tif");
        assertThat(only()).isInstanceOf(Waiting.class);
        seconds += 9;
        Files.writeString(folder.resolve("x/nir.tif"), "more of it");
        assertThat(only()).isInstanceOf(Waiting.class);
        assertThat(settled()).containsExactly(new Ready(folder, Optional.empty()));
    }

    @Test
    void a_folder_waits_for_the_files_of_its_item_unless_a_marker_declares_it_complete() throws IOException {
        folder("S2", "red.tif");
        assertThat(settled())
                .singleElement()
                .isInstanceOfSatisfying(
                        Waiting.class, waiting -> assertThat(waiting.missing()).contains("x/nir.tif"));
        Path marker = file("S2.done");
        assertThat(only())
                .isInstanceOfSatisfying(
                        Rejected.class, rejected -> assertThat(rejected.what()).contains("x/nir.tif"));
        Files.writeString(inbox.resolve("S2/x/nir.tif"), "x");
        assertThat(only()).isEqualTo(new Ready(inbox.resolve("S2"), Optional.of(marker)));
    }

    @Test
    void a_folder_that_says_nothing_of_itself_waits_unless_a_marker_declares_it_complete() throws IOException {
        Files.createDirectories(inbox.resolve("S2A.SAFE/GRANULE"));
        assertThat(settled())
                .singleElement()
                .isInstanceOfSatisfying(
                        Waiting.class,
                        waiting -> assertThat(waiting.missing()).contains("a file that says what the folder holds"));
        file("S2A.SAFE.done");
        assertRejected("folder-has-an-item", "a STAC Item");
    }

    @Test
    void a_folder_that_is_not_one_scene_is_rejected(@TempDir Path elsewhere) throws IOException {
        Path folder = folder("S2", "red.tif", "x/nir.tif");
        Path item = folder.resolve("S2_stac.json");
        Path second = Files.copy(item, folder.resolve("second.json"));
        assertRejected("folder-has-one-item", "S2_stac.json and second.json");
        Files.delete(second);

        Files.writeString(item, item("red.tif", elsewhere + "/nir.tif"));
        assertRejected("files-are-below-the-roots", "of assets.nir.href");
        Files.writeString(item, item("red.tif", folder + "/x/nir.tif"));
        assertRejected("folder-can-be-moved", "assets.nir.href");
        Files.writeString(item, item("red.tif", "ftp:nir.tif"));
        assertRejected("href-is-a-file", "of assets.nir.href");
        Files.writeString(item, item("red.tif", "link.tif"));
        Files.createSymbolicLink(folder.resolve("link.tif"), folder.resolve("red.tif"));
        assertRejected("folder-can-be-moved", "link.tif is a link");
        Files.createSymbolicLink(inbox.resolve("S2-link"), Files.createDirectories(root.resolve("archive/S2")));
        scan.scan();
        seconds += 10;
        assertThat(scan.scan().get(1))
                .isInstanceOfSatisfying(
                        Rejected.class, rejected -> assertThat(rejected.what()).isEqualTo("it is a link to a folder"));
    }

    @Test
    void links_must_stay_on_the_storage_and_out_of_inboxes(@TempDir Path elsewhere) throws IOException {
        Path archive = Files.createDirectories(root.resolve("archive"));
        Files.writeString(archive.resolve("in.tif"), "x");
        Files.writeString(elsewhere.resolve("out.tif"), "x");
        Files.createSymbolicLink(inbox.resolve("1-in.tif"), archive.resolve("in.tif"));
        Files.createSymbolicLink(inbox.resolve("2-out.tif"), elsewhere.resolve("out.tif"));
        Files.createSymbolicLink(inbox.resolve("3-gone.tif"), archive.resolve("gone.tif"));
        Files.createSymbolicLink(inbox.resolve("4-loop.tif"), inbox.resolve("4-loop.tif"));
        Files.createSymbolicLink(inbox.resolve("5-inbox.tif"), inbox.resolve("1-in.tif"));
        List<Candidate> found = settled();
        assertThat(found.get(0)).isInstanceOf(Ready.class);
        assertThat(found.subList(1, 4)).hasOnlyElementsOfType(Rejected.class);
        // A link to a link is as good as what it leads to in the end.
        assertThat(found.get(4)).isInstanceOf(Ready.class);
        Files.createDirectories(root.resolve("inbox/other"));
        Files.writeString(root.resolve("inbox/other/b.tif"), "x");
        Files.createSymbolicLink(inbox.resolve("7.tif"), root.resolve("inbox/other/b.tif"));
        assertThat(settled().get(5)).isInstanceOf(Rejected.class);
    }

    @Test
    void an_entry_that_was_removed_must_stand_still_again_when_it_comes_back() throws IOException {
        Path file = file("a.tif");
        settled();
        Files.delete(file);
        assertThat(scan.scan()).isEmpty();
        file("a.tif");
        assertThat(only()).isInstanceOf(Waiting.class);
    }

    @Test
    void a_missing_inbox_is_reported_and_never_created() throws IOException {
        Files.delete(inbox);
        assertThatThrownBy(() -> scan.scan())
                .isInstanceOf(StorageUnavailableException.class)
                .hasMessageContaining("nothing is lost")
                .hasMessageContaining("mounted");
        assertThat(inbox).doesNotExist();
    }

    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_file_on_which_its_writer_holds_a_lease_waits_and_the_others_are_ready() throws IOException {
        Path leased = file("a.tif");
        Path other = file("b.tif");
        try (WriteLease lease = new WriteLease(leased)) {
            List<Candidate> found = settled();
            assertThat(found.get(0).path()).isEqualTo(lease.file());
            assertThat(found.get(0))
                    .isInstanceOfSatisfying(
                            Waiting.class,
                            waiting -> assertThat(waiting.missing()).contains("still in use by its writer"));
            assertThat(found.get(1)).isEqualTo(new Ready(other, Optional.empty()));
        }
        assertThat(scan.scan()).contains(new Ready(leased, Optional.empty()));
    }

    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void an_item_on_which_its_writer_holds_a_lease_waits() throws IOException {
        Path folder = folder("S2", "red.tif", "x/nir.tif");
        try (WriteLease lease = new WriteLease(folder.resolve("S2_stac.json"))) {
            assertThat(settled())
                    .singleElement()
                    .isInstanceOfSatisfying(
                            Waiting.class,
                            waiting -> assertThat(waiting.missing()).contains(lease.file() + " is still in use"));
        }
        assertThat(only()).isEqualTo(new Ready(folder, Optional.empty()));
    }

    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void nobody_waits_for_a_pipe_that_takes_the_place_of_a_file() throws Exception {
        Path go = Files.createFile(inbox.resolveSibling("go"));
        String swap =
                "cd \"$0\"; while [ -e ../go ]; do echo x >b.part; mv b.part a.tif; mkfifo b.part; mv b.part a.tif; done";
        file("a.done");
        Process swapper = new ProcessBuilder("bash", "-c", swap, inbox.toString()).start();
        int ready = 0;
        try {
            long end = System.nanoTime() + 1_000_000_000L;
            while (System.nanoTime() < end) {
                ready += (int)
                        scan.scan().stream().filter(Ready.class::isInstance).count();
            }
        } finally {
            Files.delete(go); // a signal would end bash alone, and not what it just runs
            swapper.waitFor();
        }
        assertThat(ready).isPositive();
    }

    @Test
    void a_folder_with_much_json_is_rejected_before_all_of_it_is_read() throws IOException {
        Path folder = folder("S2", "red.tif");
        Path large = Files.writeString(folder.resolve("a0.json"), "{\"a\":[" + "[],".repeat(340_000) + "[]]}");
        for (int number = 1; number < 90; number++) {
            Files.createLink(folder.resolve("a" + number + ".json"), large);
        }
        assertRejected("folder-json-is-small", "more than 4194304 bytes together");
    }

    @Test
    void a_folder_that_waits_is_read_again_when_it_changed_or_a_minute_later() throws IOException {
        Path folder = folder("S2", "red.tif");
        Path item = folder.resolve("S2_stac.json");
        FileTime written = Files.getLastModifiedTime(item);
        assertThat(settled()).singleElement().isInstanceOf(Waiting.class);

        Files.writeString(item, item("red.tif", "./red.tif")); // has as many bytes
        Files.setLastModifiedTime(item, written);
        assertThat(only()).isInstanceOf(Waiting.class);
        seconds += 60;
        assertThat(only()).isEqualTo(new Ready(folder, Optional.empty()));

        Files.writeString(item, item("red.tif", "more.tif"));
        assertThat(settled()).singleElement().isInstanceOf(Waiting.class);
        Files.writeString(folder.resolve("more.tif"), "x");
        assertThat(settled()).containsExactly(new Ready(folder, Optional.empty()));
    }

    @Test
    void a_folder_under_a_markers_name_is_an_entry_and_no_marker() throws IOException {
        Path file = file("a.tif");
        Path folder = Files.createDirectories(inbox.resolve("a.tif.done/x")).getParent();
        assertThat(scan.scan()).hasSize(2).hasOnlyElementsOfType(Waiting.class);
        seconds += 10;
        List<Candidate> found = scan.scan();
        assertThat(found.get(0)).isEqualTo(new Ready(file, Optional.empty()));
        assertThat(found.get(1)).isInstanceOfSatisfying(Waiting.class, waiting -> {
            assertThat(waiting.path()).isEqualTo(folder);
            assertThat(waiting.missing()).contains("a STAC Item");
        });
    }
}
