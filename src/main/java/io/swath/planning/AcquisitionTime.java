package io.swath.planning;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.planning.SceneInfo.TimeSource;
import io.swath.untrusted.raster.GdalInfo;
import io.swath.untrusted.stac.Item;
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

/**
 * The time of acquisition, from a scene's metadata. The DateTime of a TIFF comes last, because it is the time of the file
 * (<a href="https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf">TIFF 6.0</a>).
 *
 * @param instant ISO 8601, or an empty text
 * @param source where it is from
 */
record AcquisitionTime(String instant, TimeSource source) {
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

    /** The time in a file's metadata. A time without a zone counts as UTC: TIFF 6.0's DateTime has no zone. */
    static AcquisitionTime of(GdalInfo info) {
        String landsat = info.item("", "DATE_ACQUIRED") + "T"
                + info.item("", "SCENE_CENTER_TIME").replace("\"", "").strip();
        return Stream.of(
                        info.item("IMAGERY", "ACQUISITIONDATETIME"),
                        info.item("", "datetime"),
                        info.item("", "ACQUISITIONDATETIME"),
                        info.item("", "DATATAKE_1_DATATAKE_SENSING_START"),
                        info.item("", "PRODUCT_START_TIME"),
                        info.item("", "SENSING_TIME"),
                        landsat)
                .map(AcquisitionTime::of)
                .flatMap(Optional::stream)
                .findFirst()
                .map(time -> new AcquisitionTime(time, TimeSource.METADATA))
                .orElseGet(() -> of(info.item("", "TIFFTAG_DATETIME"))
                        .map(time -> new AcquisitionTime(time, TimeSource.FILE))
                        .orElse(new AcquisitionTime("", TimeSource.NONE)));
    }

    /** The Item's time or interval; if the Item has none, that of a file. */
    static AcquisitionTime of(Item item, GdalInfo info) {
        JsonNode properties = item.json().path("properties");
        boolean interval = !properties.path("datetime").isTextual()
                && Stream.of("start_datetime", "end_datetime")
                        .allMatch(name -> of(properties.path(name).asText("")).isPresent());
        return of(item.datetime())
                .map(time -> new AcquisitionTime(time, interval ? TimeSource.INTERVAL : TimeSource.METADATA))
                .orElseGet(() -> of(info));
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
