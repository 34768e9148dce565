package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What has to hold of a scene that has ended, on whichever cluster. */
final class SceneAssertions {
    private static final Duration SOON = Duration.ofSeconds(60);

    private SceneAssertions() {}

    /** Each event came once, in that order, and so did the accounting record of every run. */
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

    /** A scene of the recipe exit3 with two tiles: the first has had its three attempts, the other has succeeded. */
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

    /** A scene that was cancelled while some of its tiles ran and some waited. */
    static void cancelled(SwathProcess swath, String id) {
        swath.await(
                "all runs are accounted for",
                SOON,
                () -> swath.runs(id).stream().allMatch(run -> run.get("state").equals("FAILED")));
        assertThat(swath.runs(id)).extracting(run -> run.get("cause")).containsOnly("CANCELLED");
        assertThat(swath.query("select * from tile where scene_id = ? and state = 'DONE'", id))
                .isEmpty();
    }
}
