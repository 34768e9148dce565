package io.swath.formats;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Makes a GeoJSON polygon (RFC 7946: closed, counterclockwise) of an image's corners. */
final class Footprint {
    private Footprint() {}

    /** @param corners longitude and latitude of each, in their order round the image, either way round */
    static ObjectNode of(List<double[]> corners) {
        List<double[]> ring = new ArrayList<>(corners);
        if (area(ring) < 0) {
            Collections.reverse(ring);
        }
        ring.add(ring.get(0));
        ObjectNode polygon = JsonNodeFactory.instance.objectNode().put("type", "Polygon");
        ArrayNode points = polygon.putArray("coordinates").addArray();
        ring.forEach(corner -> points.addArray().add(corner[0]).add(corner[1]));
        return polygon;
    }

    /** Twice the signed area: positive for a ring that runs counterclockwise. */
    private static double area(List<double[]> ring) {
        double area = 0;
        for (int index = 0; index < ring.size(); index++) {
            double[] here = ring.get(index);
            double[] next = ring.get((index + 1) % ring.size());
            area += here[0] * next[1] - next[0] * here[1];
        }
        return area;
    }
}
