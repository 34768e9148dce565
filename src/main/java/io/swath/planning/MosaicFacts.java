package io.swath.planning;

import io.swath.formats.Product;
import io.swath.planning.MosaicGrid.Part;
import io.swath.planning.SceneInfo.TimeSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * When and how the parts of a mosaic were taken, as one: the time from the first to the last, what is equal in all parts, and a
 * list of the parts. Immutable.
 *
 * @param datetime an ISO 8601 instant; empty where no part has a time
 * @param acquisition by STAC's names, and {@link #PARTS}
 */
record MosaicFacts(String datetime, TimeSource source, Map<String, Object> acquisition) {
    /** The parts, each with {@code id}, {@code path} below the storage root, and where known {@code datetime} and {@code platform}. */
    static final String PARTS = Product.PARTS;

    private static final String START = "start_datetime";
    private static final String END = "end_datetime";
    private static final String PLATFORM = "platform";

    static MosaicFacts of(List<Part> parts) {
        Map<String, Object> common = new LinkedHashMap<>(parts.get(0).scene().acquisition());
        parts.forEach(part -> common.entrySet()
                .removeIf(fact ->
                        !fact.getValue().equals(part.scene().acquisition().get(fact.getKey()))));
        common.remove(START);
        common.remove(END);
        common.put(PARTS, parts.stream().map(MosaicFacts::listed).toList());
        List<SceneInfo> known = timed(parts, List.of(TimeSource.METADATA, TimeSource.INTERVAL));
        if (known.isEmpty()) {
            List<SceneInfo> ofFiles = timed(parts, List.of(TimeSource.FILE));
            return ofFiles.isEmpty()
                    ? new MosaicFacts("", TimeSource.NONE, common)
                    : new MosaicFacts(first(ofFiles).toString(), TimeSource.FILE, common);
        }
        Instant begin = first(known);
        Instant end = known.stream()
                .map(scene -> time(scene, END))
                .max(Instant::compareTo)
                .orElse(begin);
        if (begin.equals(end)) {
            return new MosaicFacts(begin.toString(), TimeSource.METADATA, common);
        }
        common.put(START, begin.toString());
        common.put(END, end.toString());
        return new MosaicFacts(begin.toString(), TimeSource.INTERVAL, common);
    }

    private static List<SceneInfo> timed(List<Part> parts, List<TimeSource> sources) {
        return parts.stream()
                .map(Part::scene)
                .filter(scene -> !scene.datetime().isEmpty() && sources.contains(scene.datetimeFrom()))
                .toList();
    }

    private static Instant first(List<SceneInfo> scenes) {
        return scenes.stream()
                .map(scene -> time(scene, START))
                .min(Instant::compareTo)
                .orElseThrow();
    }

    private static Instant time(SceneInfo scene, String end) {
        return Instant.parse(String.valueOf(scene.acquisition().getOrDefault(end, scene.datetime())));
    }

    private static Map<String, Object> listed(Part part) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("id", part.name());
        facts.put("path", commonFolder(part.scene()));
        if (!part.scene().datetime().isEmpty()) {
            facts.put("datetime", part.scene().datetime());
        }
        Object platform = part.scene().acquisition().get(PLATFORM);
        if (platform != null) {
            facts.put(PLATFORM, platform);
        }
        return facts;
    }

    /** The file of a part of one file, or else the folder that has all of its files. */
    private static String commonFolder(SceneInfo scene) {
        List<String> shared =
                new ArrayList<>(List.of(scene.sources().get(0).path().split("/")));
        for (SceneInfo.Source source : scene.sources()) {
            String[] names = source.path().split("/");
            int same = 0;
            while (same < Math.min(shared.size(), names.length)
                    && shared.get(same).equals(names[same])) {
                same++;
            }
            shared.subList(same, shared.size()).clear();
        }
        return String.join("/", shared);
    }
}
