package io.swath.untrusted.raster;

import java.util.List;
import java.util.Map;

/**
 * The output of {@code gdalinfo -json}. Missing values are empty, never null. Immutable.
 *
 * @param metadata by domain, then by key; the default domain is the empty one
 */
public record GdalInfo(
        int width, int height, List<Band> bands, Georeference georeference, Map<String, Map<String, String>> metadata) {
    public GdalInfo {
        bands = List.copyOf(bands);
        metadata = Map.copyOf(metadata);
    }

    /** One item of the metadata, or an empty text. */
    public String item(String domain, String key) {
        return metadata.getOrDefault(domain, Map.of()).getOrDefault(key, "");
    }

    /**
     * One band.
     *
     * @param number from 1
     * @param type GDAL's name for it, such as {@code UInt16}; {@code Int8} also where GDAL below 3.7 reads the signed
     *     bytes as unsigned ones
     * @param colour the colour interpretation, such as {@code Red} or {@code Undefined}
     * @param nodata as the file has it, or as gdalinfo prints it, which may be rounded; empty for none
     * @param scale value = stored number x scale + offset; 1 if the file has none
     * @param palette the colours of the values from 0 on, as {@code 1,2,3,255 4,5,6,255}; empty without a palette
     * @param maskFlags such as {@code PER_DATASET} and {@code ALPHA}; none for plain bands
     * @param metadata of the default domain
     */
    public record Band(
            int number,
            String description,
            String type,
            String colour,
            String nodata,
            int blockWidth,
            int blockHeight,
            double scale,
            double offset,
            String unit,
            List<String> maskFlags,
            String palette,
            Map<String, String> metadata) {
        public Band {
            maskFlags = List.copyOf(maskFlags);
            metadata = Map.copyOf(metadata);
        }

        Band withNodata(String other) {
            return new Band(
                    number,
                    description,
                    type,
                    colour,
                    other,
                    blockWidth,
                    blockHeight,
                    scale,
                    offset,
                    unit,
                    maskFlags,
                    palette,
                    metadata);
        }
    }
}
