package io.swath.app.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.model.Setting;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Compares {@code config/application.properties} with the settings records, from which its text follows. On a difference,
 * correct the record, and copy the expected text, which is in {@code target/application.properties} then.
 */
class SettingsFileTest {
    private static final int WIDTH = 118;
    private static final String INTRODUCTION =
            "Swath's settings, with their defaults. A setting may also be given as an"
                    + " environment variable (STORAGE_ROOT for storage.root), which overrides this file, or with `--set key=value`"
                    + " on the command line, which overrides both. Durations: 500ms, 10s, 1h30m, 2d. Relative paths start at the"
                    + " folder in which Swath was started.";

    @Test
    void the_settings_file_has_every_key_default_and_description_of_the_records() throws IOException {
        String expected = expected();
        Path file = Path.of("config/application.properties");
        if (!Files.readString(file).equals(expected)) {
            Files.writeString(Files.createDirectories(Path.of("target")).resolve(file.getFileName()), expected);
        }
        assertThat(file).hasContent(expected);
    }

    private static String expected() {
        StringBuilder text = new StringBuilder(comment(INTRODUCTION));
        for (SettingGroups.Section section : SettingGroups.SECTIONS) {
            text.append("\n# --- ").append(section.heading()).append(" ---\n");
            for (Class<? extends Record> group : section.groups()) {
                for (RecordComponent component : group.getRecordComponents()) {
                    append(text, component);
                }
            }
        }
        return text.toString();
    }

    private static void append(StringBuilder text, RecordComponent component) {
        Setting setting = component.getAnnotation(Setting.class);
        append(text, setting.key(), setting.byDefault(), setting.help());
        if (SettingGroups.isSecret(component)) {
            append(
                    text,
                    setting.key() + SettingGroups.FILE_SUFFIX,
                    "",
                    "A file with " + setting.key() + "; it overrides " + setting.key() + ".");
        }
    }

    private static void append(StringBuilder text, String key, String value, String help) {
        text.append(comment(help)).append(key).append('=').append(value).append('\n');
    }

    private static String comment(String sentences) {
        StringBuilder comment = new StringBuilder();
        StringBuilder line = new StringBuilder("#");
        for (String word : sentences.split(" ")) {
            if (line.length() + 1 + word.length() > WIDTH) {
                comment.append(line).append('\n');
                line = new StringBuilder("#");
            }
            line.append(' ').append(word);
        }
        return comment.append(line).append('\n').toString();
    }
}
