package io.swath.formats;

import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/**
 * Where the sun stands, to about a tenth of a degree, after the low-precision formulas of the
 * <a href="https://aa.usno.navy.mil/faq/sun_approx">U.S. Naval Observatory</a>.
 */
final class SunPosition {
    private static final double EPOCH_SECONDS =
            OffsetDateTime.of(2000, 1, 1, 12, 0, 0, 0, ZoneOffset.UTC).toEpochSecond();

    private SunPosition() {}

    /**
     * How far the sun stands from a place in the sky, in degrees.
     *
     * @param zenith of that place, in degrees
     * @param azimuth of that place, from north over east, in degrees
     */
    static double distance(OffsetDateTime time, double longitude, double latitude, double zenith, double azimuth) {
        double[] sun = direction(time, longitude, latitude);
        double sine = Math.sin(Math.toRadians(zenith));
        double[] place = {
            sine * Math.sin(Math.toRadians(azimuth)),
            sine * Math.cos(Math.toRadians(azimuth)),
            Math.cos(Math.toRadians(zenith))
        };
        double cosine = sun[0] * place[0] + sun[1] * place[1] + sun[2] * place[2];
        return Math.toDegrees(Math.acos(Math.max(-1, Math.min(1, cosine))));
    }

    /** The sun's direction as a unit vector: east, north, up. */
    private static double[] direction(OffsetDateTime time, double longitude, double latitude) {
        double days = (time.toEpochSecond() - EPOCH_SECONDS) / 86_400;
        double anomaly = Math.toRadians(357.529 + 0.98560028 * days);
        double ecliptic =
                Math.toRadians(280.459 + 0.98564736 * days + 1.915 * Math.sin(anomaly) + 0.020 * Math.sin(2 * anomaly));
        double obliquity = Math.toRadians(23.439 - 0.00000036 * days);
        double ascension = Math.atan2(Math.cos(obliquity) * Math.sin(ecliptic), Math.cos(ecliptic));
        double declination = Math.asin(Math.sin(obliquity) * Math.sin(ecliptic));
        double siderealHours = 18.697374558 + 24.06570982441908 * days;
        double hourAngle = Math.toRadians(siderealHours * 15 + longitude) - ascension;
        double place = Math.toRadians(latitude);
        return new double[] {
            -Math.cos(declination) * Math.sin(hourAngle),
            Math.cos(place) * Math.sin(declination) - Math.sin(place) * Math.cos(declination) * Math.cos(hourAngle),
            Math.sin(place) * Math.sin(declination) + Math.cos(place) * Math.cos(declination) * Math.cos(hourAngle)
        };
    }
}
