package io.swath.app.settings;

import io.swath.model.Secret;
import io.swath.model.Setting;
import io.swath.model.SettingsException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Makes settings records from the settings' texts. */
final class SettingsReader {
    private final Map<String, String> texts;

    SettingsReader(Map<String, String> texts) {
        this.texts = texts;
    }

    /** @throws SettingsException with the first problem of the group */
    <T extends Record> T read(Class<T> group) {
        return create(
                group, Stream.of(group.getRecordComponents()).map(this::value).toArray());
    }

    /** What is wrong with the settings of a group, one sentence for each fault. */
    List<String> problems(Class<? extends Record> group) {
        List<String> problems = new ArrayList<>();
        List<Object> values = new ArrayList<>();
        for (RecordComponent component : group.getRecordComponents()) {
            try {
                Object value = value(component);
                if (value instanceof Secret secret) {
                    secret.value(); // else its file would be read only when it is used
                }
                values.add(value);
            } catch (SettingsException e) {
                problems.add(e.getMessage());
            }
        }
        if (problems.isEmpty()) { // the record's own checks compare its settings with each other
            try {
                create(group, values.toArray());
            } catch (SettingsException e) {
                problems.add(e.getMessage());
            }
        }
        return problems;
    }

    private Object value(RecordComponent component) {
        Setting setting = component.getAnnotation(Setting.class);
        String text = texts.get(setting.key());
        if (SettingGroups.isSecret(component)) {
            return new Secret(() -> secret(setting.key()));
        }
        if (component.getType() == Optional.class) {
            return text.isEmpty()
                    ? Optional.empty()
                    : Optional.of(SettingParser.parse(setting, text, element(component)));
        }
        if (component.getType() == List.class) {
            return Stream.of(text.split(","))
                    .map(String::strip)
                    .filter(part -> !part.isEmpty())
                    .map(part -> SettingParser.parse(setting, part, element(component)))
                    .toList();
        }
        return SettingParser.parse(setting, text, component.getType());
    }

    /** The type of the values in an {@link Optional} or a {@link List}. */
    private static Class<?> element(RecordComponent component) {
        return (Class<?>) ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0];
    }

    /** Reads a secret from its own setting, or from the file that {@code KEY-file} names. */
    private String secret(String key) {
        String fileKey = key + SettingGroups.FILE_SUFFIX;
        String file = texts.get(fileKey);
        if (file.isEmpty()) {
            return texts.get(key);
        }
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (NoSuchFileException e) {
            throw new SettingsException(fileKey + " names " + file + ", and there is no such file");
        } catch (IOException e) {
            throw new SettingsException(fileKey + " " + file + " cannot be read: " + e);
        }
    }

    private static <T extends Record> T create(Class<T> group, Object[] values) {
        Class<?>[] types = Stream.of(group.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            return group.getDeclaredConstructor(types).newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof SettingsException wrong) {
                throw wrong;
            }
            throw new SettingsException(e.getCause().getMessage());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(group + " is not a public record", e);
        }
    }
}
