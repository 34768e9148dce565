package io.swath.arrival;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentKeyTest {
    @TempDir
    Path folder;

    @Test
    void the_key_depends_on_content_and_recipe_and_not_on_the_name() throws IOException {
        Path one = Files.writeString(folder.resolve("one"), "content");
        Path same = Files.writeString(folder.resolve("same"), "content");
        Path other = Files.writeString(folder.resolve("other"), "Content");
        String key = ContentKey.of("ndvi", one);
        assertThat(key).matches("[0-9a-f]{64}").isEqualTo(ContentKey.of("ndvi", same));
        assertThat(ContentKey.of("ndvi", other)).isNotEqualTo(key);
        assertThat(ContentKey.of("ndwi", one)).isNotEqualTo(key);
    }

    @Test
    void is_the_sha_256_of_the_recipe_a_zero_byte_and_the_content() throws IOException {
        Path empty = Files.createFile(folder.resolve("empty"));
        // printf 'a\0' | sha256sum
        assertThat(ContentKey.of("a", empty))
                .isEqualTo("ffe9aaeaa2a2d5048174df0b80599ef0197ec024c4b051bc9860cff58ef7f9f3");
    }

    @Test
    void a_missing_file_has_no_key() {
        assertThatThrownBy(() -> ContentKey.of("ndvi", folder.resolve("gone"))).isInstanceOf(IOException.class);
    }
}
