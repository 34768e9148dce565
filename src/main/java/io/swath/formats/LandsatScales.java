package io.swath.formats;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Scale and offset of the bands of a Landsat product that comes with a STAC Item. The Items of the USGS list none, so they
 * are taken from the MTL file that the Item names. Immutable.
 */
public final class LandsatScales {
    private static final Pattern BAND =
            Pattern.compile("(?i).*?(_ST)?_B(\\d{1,2}(?:_VCID_[12])?)(?:[_.-][^/]*)?\\.(?:tiff?|jp2)");

    private final LandsatBand bands;

    private LandsatScales(LandsatBand bands) {
        this.bands = bands;
    }

    /** What maps stored numbers to values: value = stored number x scale + offset. */
    public record Scale(double scale, double offset) {}

    /**
     * The scales that a file has.
     *
     * @param file with no link in its path
     * @return empty when it is no MTL file
     * @throws FormatException when it cannot be used
     * @throws IOException when it cannot be read now
     */
    public static Optional<LandsatScales> in(Path file) throws IOException {
        return LandsatMetadata.find(ProductFolder.only(file)).stream()
                .findFirst()
                .map(metadata -> new LandsatScales(new LandsatBand(metadata)));
    }

    /**
     * The scale of a band's file; empty when its name is none of a band.
     *
     * @throws FormatException when the MTL file lacks the band's factors
     */
    public Optional<Scale> of(String fileName) {
        Matcher name = BAND.matcher(fileName);
        if (!name.matches()) {
            return Optional.empty();
        }
        String number = name.group(2).toUpperCase(Locale.ROOT);
        ProductBand band = bands.band(name.group(1) == null ? number : "ST_B" + number);
        OptionalDouble scale = band.scale();
        return scale.isPresent()
                ? Optional.of(new Scale(scale.getAsDouble(), band.offset().orElse(0)))
                : Optional.empty();
    }
}
