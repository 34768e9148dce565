package io.swath.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.storage.RejectedFolder.Reason;
import io.swath.testing.OtherFileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RejectedFolderTest {
    private static final Instant NOW = Instant.parse("2024-05-06T07:08:09Z");

    @TempDir
    Path root;

    private Path reject(String name, String content) throws IOException {
        Path file = Files.writeString(root.resolve(name), content);
        return new RejectedFolder(new Storage(root, ""))
                .take(
                        file,
                        new Reason(name, "ndvi", "file-is-a-tiff", "it is a \"ZIP\"\n", "Unpack it.", NOW),
                        Relocation.Step::run);
    }

    @Test
    void a_rejected_file_is_moved_with_its_reason() throws IOException {
        Path place = reject("a.tif", "x");
        assertThat(place).isEqualTo(root.resolve("rejected/a.tif"));
        assertThat(place.resolve("a.tif")).hasContent("x");
        assertThat(root.resolve("a.tif")).doesNotExist();
        JsonNode reason =
                new ObjectMapper().readTree(place.resolve("reason.json").toFile());
        assertThat(reason.properties().stream().map(java.util.Map.Entry::getKey))
                .containsExactly("name", "recipe", "rule", "what", "remedy", "at");
        assertThat(reason.path("what").asText()).isEqualTo("it is a \"ZIP\"\n");
        assertThat(reason.path("at").asText()).isEqualTo("2024-05-06T07:08:09Z");
    }

    @Test
    void an_existing_name_gets_a_number_and_nothing_is_overwritten() throws IOException {
        reject("a.tif", "first");
        assertThat(reject("a.tif", "second")).isEqualTo(root.resolve("rejected/a.tif-2"));
        assertThat(reject("a.tif", "third")).isEqualTo(root.resolve("rejected/a.tif-3"));
        assertThat(root.resolve("rejected/a.tif/a.tif")).hasContent("first");
    }

    @Test
    void a_rejection_interrupted_before_the_move_continues_in_the_same_folder() throws IOException {
        Path place = Files.createDirectories(root.resolve("rejected/a.tif"));
        Files.writeString(place.resolve("reason.json"), "{}");
        Files.writeString(place.resolve(".reason.json.part"), "{");

        assertThat(reject("a.tif", "x")).isEqualTo(place);
        assertThat(place).isDirectoryNotContaining("glob:**/.*").isDirectoryContaining("glob:**/a.tif");
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", "reason.json", "-rf *.tif", "line\nend.tif", "$(x).tif"})
    void any_name_is_made_safe(String name) throws IOException {
        String real = name.equals("..") ? "... .tif" : name;
        Path place = reject(real, "x");
        assertThat(place.getFileName().toString()).matches("[A-Za-z0-9_][A-Za-z0-9._-]*");
        assertThat(place.getParent()).isEqualTo(root.resolve("rejected"));
        try (Stream<Path> files = Files.list(place)) {
            assertThat(files).hasSize(2);
        }
    }

    @Test
    void a_folder_is_moved_with_all_its_files() throws IOException {
        Files.createDirectories(root.resolve("S2.SAFE/GRANULE"));
        Path place = new RejectedFolder(new Storage(root, ""))
                .take(
                        root.resolve("S2.SAFE"),
                        new Reason("S2.SAFE", "ndvi", "rule", "what", "remedy", NOW),
                        Relocation.Step::run);
        assertThat(place.resolve("S2.SAFE/GRANULE")).isDirectory();
    }

    @Test
    void a_file_that_cannot_be_moved_leaves_no_reason_behind() {
        RejectedFolder rejections = new RejectedFolder(new Storage(root, ""));
        Reason reason = new Reason("gone.tif", "ndvi", "rule", "what", "remedy", NOW);
        assertThatThrownBy(() -> rejections.take(root.resolve("gone.tif"), reason, Relocation.Step::run))
                .isInstanceOf(IOException.class);
        assertThat(root.resolve("rejected")).isEmptyDirectory();
    }

    @Test
    void what_lies_on_another_file_system_is_copied_and_then_removed() throws Exception {
        try (OtherFileSystem other = new OtherFileSystem(root)) {
            Path file = Files.writeString(other.folder().resolve("a.tif"), "x");
            Path link = Files.createSymbolicLink(other.folder().resolve("link.tif"), Path.of("/etc/shadow"));
            Path entry = Files.createDirectories(other.folder().resolve("S2.SAFE/GRANULE"));
            Files.writeString(entry.resolve("B04.jp2"), "red");
            Files.createSymbolicLink(entry.resolve("out"), Path.of("/etc"));
            assertThat(new ProcessBuilder("mkfifo", entry.resolve("pipe").toString())
                            .start()
                            .waitFor())
                    .isZero();

            assertThat(take(file).resolve("a.tif")).hasContent("x");
            assertThat(Files.readSymbolicLink(take(link).resolve("link.tif"))).isEqualTo(Path.of("/etc/shadow"));
            Path copy = take(entry.getParent()).resolve("S2.SAFE/GRANULE");
            assertThat(copy.resolve("B04.jp2")).hasContent("red");
            assertThat(Files.readSymbolicLink(copy.resolve("out"))).isEqualTo(Path.of("/etc"));
            assertThat(copy.resolve("pipe")).isEmptyFile();
            assertThat(other.folder()).isEmptyDirectory();
            try (Stream<Path> all = Files.walk(root)) {
                assertThat(all).noneMatch(path -> path.getFileName().toString().endsWith(".part"));
            }
        }
    }

    @Test
    void a_rejected_folder_on_another_file_system_takes_the_files_of_a_scene() throws IOException {
        try (OtherFileSystem other = new OtherFileSystem(root)) {
            Files.createSymbolicLink(root.resolve("rejected"), other.folder());
            Path scene = Files.createDirectories(root.resolve("scenes/a"));
            Files.writeString(scene.resolve("red.tif"), "red");
            Files.createDirectories(other.folder().resolve("a"));
            Files.writeString(other.folder().resolve("a").resolve(Relocation.PART), "half"); // of an interrupted call

            assertThat(take(scene)).isEqualTo(root.resolve("rejected/a"));
            assertThat(root.resolve("rejected/a/a/red.tif")).hasContent("red");
            assertThat(root.resolve("rejected/a").toFile().list()).containsExactlyInAnyOrder("a", "reason.json");
            assertThat(scene).doesNotExist();
        }
    }

    @Test
    void what_cannot_be_copied_from_another_file_system_stays_there_as_it_is() throws IOException {
        try (OtherFileSystem other = new OtherFileSystem(root)) {
            Path entry = Files.createDirectories(other.folder().resolve("S2.SAFE"));
            Files.writeString(entry.resolve("B04.jp2"), "red");
            Path deep = entry;
            for (int level = 0; level < Removal.DEEPEST; level++) {
                deep = Files.createDirectory(deep.resolve("d"));
            }
            assertThatThrownBy(() -> take(entry))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("nested deeper");
            assertThat(entry.resolve("B04.jp2")).hasContent("red");
            assertThat(root.resolve("rejected")).isEmptyDirectory();
            Files.delete(deep); // so that the rest can be removed
            Files.delete(deep.getParent());
        }
    }

    @Test
    void what_is_changed_while_it_is_copied_from_another_file_system_stays_there() throws IOException {
        try (OtherFileSystem other = new OtherFileSystem(root)) {
            Path entry = Files.createDirectories(other.folder().resolve("S2.SAFE"));
            Path file = Files.writeString(entry.resolve("B04.jp2"), "red");
            List<Path> changed = List.of(file, entry.resolve("B08.jp2"));
            for (Path path : changed) {
                AtomicInteger steps = new AtomicInteger();
                Relocation.Guard changes = step -> {
                    if (steps.incrementAndGet() == 4) { // after the folder, the reason and the attempt of a rename
                        Files.writeString(path, "changed");
                    }
                    return step.run();
                };
                Reason reason = new Reason("S2.SAFE", "ndvi", "rule", "what", "remedy", NOW);
                assertThatThrownBy(() -> new RejectedFolder(new Storage(root, "")).take(entry, reason, changes))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("was changed while it was copied");
                assertThat(path).hasContent("changed");
                assertThat(root.resolve("rejected")).isEmptyDirectory();
            }
            assertThat(take(entry).resolve("S2.SAFE").toFile().list()).containsExactlyInAnyOrder("B04.jp2", "B08.jp2");
        }
    }

    private Path take(Path path) throws IOException {
        return new RejectedFolder(new Storage(root, ""))
                .take(
                        path,
                        new Reason(path.getFileName().toString(), "ndvi", "rule", "what", "remedy", NOW),
                        Relocation.Step::run);
    }

    @Test
    void folders_on_another_file_system_are_named() throws IOException {
        try (OtherFileSystem other = new OtherFileSystem(root)) {
            Storage storage = new Storage(root, "");
            storage.create();
            storage.sharedFolder(storage.inbox().resolve("near"));
            assertThat(new Mounts(storage).notes()).isEmpty();
            Files.createSymbolicLink(storage.inbox().resolve("far"), other.folder());
            assertThat(new Mounts(storage).notes())
                    .singleElement()
                    .asString()
                    .contains("inbox/far lies on another file system", "than scenes/", "are copied");
        }
    }
}
