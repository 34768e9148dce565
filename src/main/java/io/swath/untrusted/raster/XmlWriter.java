package io.swath.untrusted.raster;

/**
 * Writes XML for GDAL's reader. GDAL reads every text back unchanged, with its control characters and line ends. Not
 * thread-safe.
 */
public final class XmlWriter {
    private final StringBuilder text = new StringBuilder();
    private int depth;

    /** @param attributes names and values, alternating */
    public void open(String name, Object... attributes) {
        start(name, attributes);
        text.append(">\n");
        depth++;
    }

    public void leaf(String name, String content, Object... attributes) {
        start(name, attributes);
        text.append(content.isEmpty() ? "/>\n" : ">" + escaped(content) + "</" + name + ">\n");
    }

    public void close(String name) {
        depth--;
        text.append("  ".repeat(depth)).append("</").append(name).append(">\n");
    }

    private void start(String name, Object... attributes) {
        text.append("  ".repeat(depth)).append('<').append(name);
        for (int index = 0; index < attributes.length; index += 2) {
            text.append(' ').append(attributes[index]).append("=\"");
            text.append(escaped(String.valueOf(attributes[index + 1]))).append('"');
        }
    }

    private static String escaped(String raw) {
        StringBuilder escaped = new StringBuilder();
        boolean edge = true;
        for (int index = 0; index < raw.length(); index++) {
            char next = raw.charAt(index);
            // GDAL drops blanks at the start of an element's text, unless they are written as references.
            boolean reference = next < ' ' || "<>&\"'".indexOf(next) >= 0 || (edge && next == ' ');
            escaped.append(reference ? "&#" + (int) next + ";" : String.valueOf(next));
            edge = next == ' ' && edge;
        }
        return escaped.toString();
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
