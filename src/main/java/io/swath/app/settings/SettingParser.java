package io.swath.app.settings;

import io.swath.cluster.slurm.LoginNode;
import io.swath.cluster.slurm.SbatchOptions;
import io.swath.console.BindAddress;
import io.swath.model.JobOptions;
import io.swath.model.Setting;
import io.swath.model.SettingsException;
import io.swath.model.TilesPerTask;
import io.swath.untrusted.Units;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads the text of one setting, by the type of its value. */
final class SettingParser {
    private static final Pattern COUNT = Pattern.compile("[1-9]\\d{0,8}");

    private static final Map<Class<?>, Function<String, Object>> PARSERS = Map.of(
            String.class, text -> text,
            Path.class, SettingParser::path,
            Duration.class, SettingParser::duration,
            int.class, SettingParser::count,
            boolean.class, SettingParser::truth,
            LoginNode.class, LoginNode::parse,
            JobOptions.class, SbatchOptions::parse,
            BindAddress.class, BindAddress::parse,
            TilesPerTask.class, TilesPerTask::parse);

    private SettingParser() {}

    /** @throws SettingsException that names the setting, its text and what to write */
    static Object parse(Setting setting, String text, Class<?> type) {
        try {
            if (type == double.class) {
                return number(text, setting.range());
            }
            return type.isEnum() ? constant(text, type) : PARSERS.get(type).apply(text);
        } catch (IllegalArgumentException e) {
            throw new SettingsException(
                    setting.key() + (text.isEmpty() ? " is empty: " : " is '" + text + "': ") + e.getMessage());
        }
    }

    private static Path path(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("give a path");
        }
        return Path.of(text).toAbsolutePath().normalize();
    }

    private static Duration duration(String text) {
        return Units.duration(text)
                .orElseThrow(() -> new IllegalArgumentException(
                        "give a whole number and ms, s, m, h or d, such as 10s or 1h30m, or PT2M"));
    }

    private static Object count(String text) {
        if (!COUNT.matcher(text).matches()) {
            throw new IllegalArgumentException("give a whole number above 0");
        }
        return Integer.valueOf(text);
    }

    private static Object truth(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("give true or false");
        };
    }

    private static Double number(String text, Setting.Range range) {
        Optional<Double> number = number(text);
        return switch (range) {
            case FACTOR ->
                number.filter(value -> value >= 1 && value <= 100)
                        .orElseThrow(() -> new IllegalArgumentException("give a number from 1 to 100"));
            case SHARE ->
                number.filter(value -> value > 0 && value <= 1)
                        .orElseThrow(() -> new IllegalArgumentException("give a number above 0, up to 1"));
            case RISK ->
                number.filter(value -> value >= 0.001 && value <= 0.5)
                        .orElseThrow(() -> new IllegalArgumentException("give a number from 0.001 to 0.5"));
        };
    }

    private static Optional<Double> number(String text) {
        try {
            return Optional.of(Double.valueOf(text));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** One of the constants of an enum, by its name in lower case. */
    private static Object constant(String text, Class<?> type) {
        return Stream.of(type.getEnumConstants())
                .filter(constant -> word(constant).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("give "
                        + Stream.of(type.getEnumConstants())
                                .map(SettingParser::word)
                                .collect(Collectors.joining(" or "))));
    }

    private static String word(Object constant) {
        return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT);
    }
}
