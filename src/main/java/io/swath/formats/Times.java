package io.swath.formats;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/** Reads the times of metadata. */
final class Times {
    private Times() {}

    /** An ISO 8601 time; one without a zone counts as UTC. Empty when it is none. */
    static Optional<OffsetDateTime> utc(String text) {
        String iso = text.strip().replace(' ', 'T');
        try {
            return Optional.of(OffsetDateTime.parse(iso).withOffsetSameInstant(ZoneOffset.UTC));
        } catch (DateTimeException withoutZone) {
            return local(text).map(time -> time.atOffset(ZoneOffset.UTC));
        }
    }

    /** A time without a zone, such as {@code 2024-05-12 11:23:45}. */
    static Optional<LocalDateTime> local(String text) {
        try {
            return Optional.of(LocalDateTime.parse(text.strip().replace(' ', 'T')));
        } catch (DateTimeException noTime) {
            return Optional.empty();
        }
    }

    /** As an Item has it; empty when the text is no time. */
    static String item(String text) {
        return utc(text).map(time -> time.toInstant().toString()).orElse("");
    }
}
