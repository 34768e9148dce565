package io.swath.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.storage.RejectedFolder.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
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
                .take(file, new Reason(name, "ndvi", "file-is-a-tiff", "it is a \"ZIP\"\n", "Unpack it.", NOW));
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
                .take(root.resolve("S2.SAFE"), new Reason("S2.SAFE", "ndvi", "rule", "what", "remedy", NOW));
        assertThat(place.resolve("S2.SAFE/GRANULE")).isDirectory();
    }

    @Test
    void a_file_that_cannot_be_moved_leaves_no_reason_behind() {
        RejectedFolder rejections = new RejectedFolder(new Storage(root, ""));
        Reason reason = new Reason("gone.tif", "ndvi", "rule", "what", "remedy", NOW);
        assertThatThrownBy(() -> rejections.take(root.resolve("gone.tif"), reason))
                .isInstanceOf(IOException.class);
        assertThat(root.resolve("rejected")).isEmptyDirectory();
    }
}
