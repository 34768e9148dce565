package io.swath.untrusted.raster;

import io.swath.untrusted.xml.XmlElement;
import io.swath.untrusted.xml.XmlException;
import io.swath.untrusted.xml.XmlReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rational polynomial coefficients in a file: DigitalGlobe's {@code .rpb}, which Gaofen has too ({@code lineOffset = …;}), or
 * {@code _RPC.TXT} with a line for each number ({@code LINE_OFF: …}), or the XML of DIMAP ({@link DimapRpc}). The names of the result are those of <a
 * href="https://gdal.org/development/rfc/rfc22_rpc.html">GDAL's RPC domain</a>.
 */
public final class RpcFile {
    private static final int COEFFICIENTS = 20;

    private static final Map<String, String> RPB_NAMES = Map.ofEntries(
            Map.entry("errbias", "ERR_BIAS"),
            Map.entry("errrand", "ERR_RAND"),
            Map.entry("lineoffset", "LINE_OFF"),
            Map.entry("sampoffset", "SAMP_OFF"),
            Map.entry("latoffset", "LAT_OFF"),
            Map.entry("longoffset", "LONG_OFF"),
            Map.entry("heightoffset", "HEIGHT_OFF"),
            Map.entry("linescale", "LINE_SCALE"),
            Map.entry("sampscale", "SAMP_SCALE"),
            Map.entry("latscale", "LAT_SCALE"),
            Map.entry("longscale", "LONG_SCALE"),
            Map.entry("heightscale", "HEIGHT_SCALE"),
            Map.entry("linenumcoef", "LINE_NUM_COEFF"),
            Map.entry("linedencoef", "LINE_DEN_COEFF"),
            Map.entry("sampnumcoef", "SAMP_NUM_COEFF"),
            Map.entry("sampdencoef", "SAMP_DEN_COEFF"));

    private static final List<String> SINGLE = List.of(
            "LINE_OFF",
            "SAMP_OFF",
            "LAT_OFF",
            "LONG_OFF",
            "HEIGHT_OFF",
            "LINE_SCALE",
            "SAMP_SCALE",
            "LAT_SCALE",
            "LONG_SCALE",
            "HEIGHT_SCALE");
    private static final List<String> SERIES =
            List.of("LINE_NUM_COEFF", "LINE_DEN_COEFF", "SAMP_NUM_COEFF", "SAMP_DEN_COEFF");

    private static final Pattern RPB_ENTRY = Pattern.compile("(\\w{1,40})\\s*=\\s*(\\([^()]*\\)|[^;\\s]+)\\s*;?");
    private static final Pattern TEXT_ENTRY =
            Pattern.compile("(?m)^[ \\t]*([A-Za-z_]{1,40}?)(?:_(\\d{1,2}))?[ \\t]*[:=][ \\t]*(\\S{1,60})");

    private RpcFile() {}

    /**
     * Reads the file.
     *
     * @throws BadSceneException when a coefficient is missing or not a number
     */
    public static Map<String, String> read(Path file) {
        String text = CompanionText.read(file);
        Map<String, String> found = text.startsWith("<")
                ? dimap(file, text)
                : text.toLowerCase(Locale.ROOT).contains("lineoffset") ? rpb(file, text) : lines(file, text);
        for (String name : SINGLE) {
            requireCount(file, name, found, 1);
        }
        for (String name : SERIES) {
            requireCount(file, name, found, COEFFICIENTS);
        }
        return found;
    }

    private static Map<String, String> dimap(Path file, String text) {
        try {
            XmlElement document = new XmlReader().read(text.getBytes(StandardCharsets.UTF_8));
            Map<String, String> found = DimapRpc.of(document, SERIES, COEFFICIENTS);
            found.replaceAll((name, values) -> numbers(file, List.of(values.split(" "))));
            return found;
        } catch (XmlException bad) {
            BadSceneException exception = CompanionText.bad(file, bad.what(), bad.remedy());
            exception.initCause(bad);
            throw exception;
        }
    }

    private static Map<String, String> rpb(Path file, String text) {
        Map<String, String> found = new LinkedHashMap<>();
        Matcher entry = RPB_ENTRY.matcher(text);
        while (entry.find()) {
            String name = RPB_NAMES.get(entry.group(1).toLowerCase(Locale.ROOT));
            if (name != null) {
                String[] values = entry.group(2).replaceAll("[()\\s]+", "").split(",");
                found.putIfAbsent(name, numbers(file, List.of(values)));
            }
        }
        return found;
    }

    private static Map<String, String> lines(Path file, String text) {
        Map<String, String> found = new LinkedHashMap<>();
        Map<String, TreeMap<Integer, String>> series = new LinkedHashMap<>();
        Matcher entry = TEXT_ENTRY.matcher(text);
        while (entry.find()) {
            String name = entry.group(1).toUpperCase(Locale.ROOT);
            if (SERIES.contains(name) && entry.group(2) != null) {
                series.computeIfAbsent(name, first -> new TreeMap<>())
                        .put(Integer.parseInt(entry.group(2)), entry.group(3));
            } else if (entry.group(2) == null && (SINGLE.contains(name) || name.startsWith("ERR_"))) {
                found.putIfAbsent(name, numbers(file, List.of(entry.group(3))));
            }
        }
        series.forEach((name, values) -> found.put(name, numbers(file, new ArrayList<>(values.values()))));
        return found;
    }

    /** The numbers as they are written, one blank between two. */
    private static String numbers(Path file, List<String> words) {
        words.forEach(word -> CompanionText.number(file, word));
        return String.join(" ", words);
    }

    private static void requireCount(Path file, String name, Map<String, String> found, int count) {
        int has = found.containsKey(name) ? found.get(name).split(" ").length : 0;
        if (has != count) {
            throw CompanionText.bad(
                    file,
                    has == 0 ? "it has no " + name : "it has " + has + " numbers for " + name + " instead of " + count,
                    "Send it complete, as the data's provider made it.");
        }
    }
}
