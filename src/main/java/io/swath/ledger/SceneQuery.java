package io.swath.ledger;

import io.swath.model.BoundingBox;
import io.swath.model.SceneFilter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/** Turns a filter into the query that finds the scenes which the filter selects. Use it once. */
final class SceneQuery {
    private final StringBuilder where = new StringBuilder();
    private final Map<String, Object> values = new HashMap<>();
    private final List<String> ids;

    /**
     * @param recipes the recipes that can be used, each with its current hash
     * @param retries a failed scene that was reprocessed this often with its current recipe is not selected
     * @param ids the ids to select from; empty to select from all scenes
     */
    SceneQuery(SceneFilter filter, Map<String, String> recipes, int retries, List<String> ids) {
        this.ids = ids;
        where.append("state in ('DELIVERED', 'FAILED') and held = 0 and suspended = 0"
                + " and not exists (select 1 from batch where batch.scene_id = scene.id and batch.state <> 'DONE')"
                + " and not exists (select 1 from outbox where outbox.subject = scene.id and outbox.sent_at is null)");
        if (!ids.isEmpty()) {
            where.append(" and id in (<ids>)");
        }
        recipes(filter, recipes);
        history(filter, recipes.size(), retries);
        coverage(filter);
    }

    Query query(Handle handle, int limit) {
        Query query = handle.createQuery("select * from scene where " + where
                        + " order by coalesce(acquired_at, accepted_at) desc, id limit :limit")
                .bind("limit", limit)
                .bindMap(values);
        return ids.isEmpty() ? query : query.bindList("ids", ids);
    }

    private void recipes(SceneFilter filter, Map<String, String> recipes) {
        List<Map.Entry<String, String>> known = List.copyOf(recipes.entrySet());
        for (int i = 0; i < known.size(); i++) {
            values.put("recipe" + i, known.get(i).getKey());
            values.put("hash" + i, known.get(i).getValue());
        }
        // "<" and ">" can use the index; "<>" cannot.
        String usable = filter.stale()
                ? "(recipe = :recipe%1$d and (recipe_hash < :hash%1$d or recipe_hash > :hash%1$d))"
                : "recipe = :recipe%1$d";
        where.append(" and (").append(each(known.size(), usable, " or ")).append(")");
        filter.recipe().ifPresent(recipe -> and("recipe = :only", "only", recipe));
    }

    /** Conditions on earlier reprocessing: how often it was tried, and whether this filter has chosen the scene before. */
    private void history(SceneFilter filter, int recipes, int retries) {
        if (filter.failed()) {
            String now = each(recipes, "when :recipe%1$d then :hash%1$d", " ");
            and(
                    "state = 'FAILED' and (select count(*) from night_choice where night_choice.scene_id = scene.id"
                            + " and night_choice.recipe_hash = case scene.recipe " + now + " end) < :retries",
                    "retries",
                    retries);
        }
        if (filter.matchesAfterReprocessing()) {
            and(
                    "not exists (select 1 from night_choice where night_choice.clause = :clause"
                            + " and night_choice.scene_id = scene.id)",
                    "clause",
                    filter.text());
        }
    }

    private void coverage(SceneFilter filter) {
        filter.sensor().ifPresent(sensor -> and("sensors like :sensor", "sensor", "% " + sensor + " %"));
        filter.from().ifPresent(from -> and("acquired_at >= :from", "from", from.toEpochMilli()));
        filter.until().ifPresent(until -> and("acquired_at < :until", "until", until.toEpochMilli()));
        filter.box().ifPresent(box -> {
            and("south <= :north", "north", box.north());
            and("north >= :south", "south", box.south());
            values.put("west", box.west());
            and(longitudes(box), "east", box.east());
        });
    }

    /** The box and the scene may each cross the antimeridian. */
    private static String longitudes(BoundingBox box) {
        return box.crossesAntimeridian()
                ? "(west > east or east >= :west or west <= :east)"
                : "((west <= east and west <= :east and east >= :west)"
                        + " or (west > east and (west <= :east or east >= :west)))";
    }

    private void and(String condition, String name, Object value) {
        where.append(" and ").append(condition);
        values.put(name, value);
    }

    private static String each(int count, String text, String between) {
        return IntStream.range(0, count).mapToObj(text::formatted).collect(Collectors.joining(between));
    }
}
