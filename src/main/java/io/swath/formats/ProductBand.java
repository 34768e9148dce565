package io.swath.formats;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One band of a product. Immutable.
 *
 * @param name the product's own name, such as {@code B04}
 * @param commonName of the <a href="https://github.com/stac-extensions/eo#common-band-names">EO extension</a>; may be empty
 * @param nodata the stored number that marks pixels without data, exactly, as {@link Numbers#nodata} returns it
 * @param scale value = stored number x scale + offset
 * @param unit of the values; empty for a ratio and where it is not known
 */
record ProductBand(
        String name,
        String commonName,
        Optional<String> nodata,
        OptionalDouble scale,
        OptionalDouble offset,
        String unit) {
    static ProductBand of(String name, String commonName) {
        return new ProductBand(name, commonName, Optional.empty(), OptionalDouble.empty(), OptionalDouble.empty(), "");
    }

    ProductBand nodata(int value) {
        return nodata(Integer.toString(value));
    }

    ProductBand nodata(String value) {
        return new ProductBand(name, commonName, Optional.of(value), scale, offset, unit);
    }

    ProductBand scaled(double factor, double addend) {
        return new ProductBand(name, commonName, nodata, OptionalDouble.of(factor), OptionalDouble.of(addend), unit);
    }

    ProductBand unit(String name) {
        return new ProductBand(this.name, commonName, nodata, scale, offset, name);
    }

    /**
     * Whether a recipe's name for a band names this band, in the order in which {@code planning} compares: 1 for the common
     * name, 2 for the own name, 4 for nir08 as nir; 0 for no match.
     */
    int match(String wanted) {
        if (commonName.equalsIgnoreCase(wanted)) {
            return 1;
        }
        if (name.equalsIgnoreCase(wanted)) {
            return 2;
        }
        return wanted.equalsIgnoreCase("nir") && commonName.equals("nir08") ? 4 : 0;
    }
}
