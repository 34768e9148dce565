package io.swath.untrusted.raster;

import io.swath.untrusted.xml.XmlElement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Rational polynomial coefficients of a DIMAP product ({@code RPC_*.XML}, the Pléiades Imagery User Guide, Airbus): the
 * model from the ground to the image, with the centre of the first pixel at 1, 1. Since DIMAP 3 the file says which numbers
 * the first pixel has. GDAL's RPC domain counts from 0, 0.
 */
final class DimapRpc {
    private static final List<String> SINGLE = List.of(
            "LAT_OFF", "LONG_OFF", "HEIGHT_OFF", "LINE_SCALE", "SAMP_SCALE", "LAT_SCALE", "LONG_SCALE", "HEIGHT_SCALE");

    private DimapRpc() {}

    /** The coefficients by GDAL's names, as far as the document has them; they may be no numbers. */
    static Map<String, String> of(XmlElement document, List<String> series, int coefficients) {
        Map<String, String> found = new LinkedHashMap<>();
        document.first("RFM_Validity").ifPresent(validity -> {
            SINGLE.forEach(name -> put(found, name, validity.textOf(name)));
            put(found, "LINE_OFF", counted(validity.textOf("LINE_OFF"), first(document, "FIRST_ROW")));
            put(found, "SAMP_OFF", counted(validity.textOf("SAMP_OFF"), first(document, "FIRST_COL")));
        });
        document.first("Inverse_Model")
                .or(() -> document.first("GroundtoImage_Values"))
                .ifPresent(model -> {
                    for (String name : series) {
                        StringBuilder values = new StringBuilder();
                        for (int number = 1; number <= coefficients; number++) {
                            values.append(' ').append(model.textOf(name + "_" + number));
                        }
                        put(found, name, values.toString().strip());
                    }
                });
        return found;
    }

    private static String first(XmlElement document, String name) {
        String text = document.textOf("ImagetoGround_Validity_Domain", name);
        return text.isEmpty() ? "1" : text;
    }

    private static String counted(String offset, String first) {
        try {
            return String.format(Locale.ROOT, "%.15g", Double.parseDouble(offset) - Double.parseDouble(first));
        } catch (NumberFormatException wrong) {
            return offset; // which the reader rejects
        }
    }

    private static void put(Map<String, String> found, String name, String text) {
        if (!text.isEmpty()) {
            found.put(name, text);
        }
    }
}
