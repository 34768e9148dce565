package io.swath.untrusted.stac;

import java.util.OptionalDouble;

/**
 * One band as an Item describes it. Missing values are empty. Immutable.
 *
 * @param name such as {@code B04}
 * @param commonName such as {@code red}
 * @param nodata as GDAL's tools read it ({@code nan} and {@code -inf} included)
 * @param scale value = stored number x scale + offset
 * @param unit of the values
 */
public record ItemBand(
        String name, String commonName, String nodata, OptionalDouble scale, OptionalDouble offset, String unit) {
    static final ItemBand NOTHING = new ItemBand("", "", "", OptionalDouble.empty(), OptionalDouble.empty(), "");

    /** The same band with another scale and offset. */
    public ItemBand withScale(double otherScale, double otherOffset) {
        return new ItemBand(
                name, commonName, nodata, OptionalDouble.of(otherScale), OptionalDouble.of(otherOffset), unit);
    }
}
