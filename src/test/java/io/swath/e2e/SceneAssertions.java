package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Assertions about a scene that has ended, for every kind of cluster. */
final class SceneAssertions {
    private static final Duration SOON = Duration.ofSeconds(60);

    private SceneAssertions() {}

    /** Asserts that each event came once and in this order, and that the accounting record of every run came once. */
    static void messages(SwathProcess swath, DownstreamConsumer downstream, String id, String... events) {
        String last = events[events.length - 1];
        swath.await(
                "the event " + last,
                SOON,
                () -> downstream.events(swath.source(), id).contains(last));
        swath.await(
                "no run is open",
                SOON,
                () -> swath.runs(id).stream()
                        .allMatch(run -> run.get("state").equals("SUCCEEDED")
                                || run.get("state").equals("FAILED")));
        List<String> runs = swath.runs(id).stream()
                .map(run -> run.get("token") + "/" + run.get("idx"))
                .toList();
        swath.await(
                "all accounting records",
                SOON,
                () -> downstream.accounting(swath.source(), id).size() >= runs.size());
        List<JsonNode> records = downstream.accounting(swath.source(), id);
        assertThat(records).extracting(record -> record.path("id").asText()).containsExactlyInAnyOrderElementsOf(runs);
        assertThat(downstream.events(swath.source(), id)).containsExactly(events);
    }

    /**
     * Asserts for a scene with the recipe exit3 and two tiles: three attempts at the first failed, the second
     * succeeded.
     */
    static void exit3(SwathProcess swath, String id) {
        List<Map<String, String>> first = swath.runs(id).stream()
                .filter(run -> run.get("tile").equals("0"))
                .toList();
        assertThat(first).extracting(run -> run.get("attempt")).containsExactly("1", "2", "3");
        assertThat(first).extracting(run -> run.get("cause")).containsOnly("EXIT");
        assertThat(first).extracting(run -> run.get("exit_code")).containsOnly("3");
        assertThat(swath.runs(id).stream().filter(run -> run.get("tile").equals("1")))
                .extracting(run -> run.get("state"))
                .containsExactly("SUCCEEDED");
        assertThat(swath.scene("exit3.tif").orElseThrow().get("reason")).contains("1 of 2 tiles failed", "EXIT");
    }

    /**
     * Asserts for a scene that was cancelled while it was processed: all its runs are cancelled and no tile is done.
     */
    static void cancelled(SwathProcess swath, String id) {
        swath.await(
                "all runs have ended",
                SOON,
                () -> swath.runs(id).stream().allMatch(run -> run.get("state").equals("FAILED")));
        assertThat(swath.runs(id)).extracting(run -> run.get("cause")).containsOnly("CANCELLED");
        assertThat(swath.query("select * from tile where scene_id = ? and state = 'DONE'", id))
                .isEmpty();
    }
}
