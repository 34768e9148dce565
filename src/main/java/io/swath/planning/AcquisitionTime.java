package io.swath.planning;

import io.swath.untrusted.raster.GdalInfo;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Reads the time of acquisition from a scene's metadata. */
final class AcquisitionTime {
    private static final DateTimeFormatter TIFF =
            DateTimeFormatter.ofPattern("uuuu:MM:dd HH:mm:ss").withResolverStyle(ResolverStyle.STRICT);
    private static final DateTimeFormatter SPACED =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss").withResolverStyle(ResolverStyle.STRICT);

    private static final List<Function<String, OffsetDateTime>> FORMS = List.of(
            OffsetDateTime::parse,
            text -> LocalDateTime.parse(text).atOffset(ZoneOffset.UTC),
            text -> LocalDateTime.parse(text, SPACED).atOffset(ZoneOffset.UTC),
            text -> LocalDateTime.parse(text, TIFF).atOffset(ZoneOffset.UTC),
            text -> LocalDate.parse(text).atStartOfDay().atOffset(ZoneOffset.UTC));

    private AcquisitionTime() {}

    /** An ISO 8601 instant, or an empty text. A time without a zone counts as UTC: TIFF 6.0's DateTime has no zone. */
    static String of(GdalInfo info) {
        return Stream.of(
                        info.item("IMAGERY", "ACQUISITIONDATETIME"),
                        info.item("", "datetime"),
                        info.item("", "ACQUISITIONDATETIME"),
                        info.item("", "TIFFTAG_DATETIME"))
                .map(AcquisitionTime::of)
                .flatMap(Optional::stream)
                .findFirst()
                .orElse("");
    }

    /** The ISO 8601 instant of a text in one of the known forms. */
    static Optional<String> of(String text) {
        return FORMS.stream()
                .map(form -> parse(text.strip(), form))
                .filter(Objects::nonNull)
                .findFirst();
    }

    private static String parse(String text, Function<String, OffsetDateTime> form) {
        try {
            return form.apply(text).toInstant().toString();
        } catch (DateTimeException otherForm) {
            return null;
        }
    }
}
