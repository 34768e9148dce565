package io.swath.arrival.station;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.control.ControlMessages;
import io.swath.ledger.Outbox;
import io.swath.model.SceneState;
import io.swath.testing.Workbench;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long rejected messages stay in the ledger. */
@Tag("resources")
class RejectedTidyTest {
    private static final Duration KEEP = Duration.ofDays(7);

    @TempDir
    Path folder;

    private Workbench bench;
    private AnnouncementReceiver receiver;
    private ControlMessages control;

    @BeforeEach
    void open() throws Exception {
        bench = new Workbench(folder);
        bench.installRecipe("ndvi");
        receiver = new AnnouncementReceiver(
                bench.ledger, new AllowedPaths(bench.storage, List.of()), bench.recipes(), bench.clock);
        control = new ControlMessages(bench.ledger);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private void reject(String id) {
        receiver.receive(id, "", "{\"path\": \"incoming/a.tif\", \"recipe\": \"nosuch\"}");
        control.receive("control/" + id, "", "no JSON");
    }

    private void sendAll() {
        for (List<Outbox.Entry> unsent = due(); !unsent.isEmpty(); unsent = due()) {
            List<String> ids = unsent.stream().map(Outbox.Entry::id).toList();
            bench.ledger.change(session -> session.outbox().sent(ids));
        }
    }

    private List<Outbox.Entry> due() {
        return bench.ledger.read(session -> session.outbox().due(100));
    }

    private int scenes() {
        return bench.ledger.read(session -> session.scenes().count(Set.of(SceneState.REJECTED)));
    }

    private int messages() {
        return bench.ledger.read(session -> session.outbox().count());
    }

    private void tidy(int most) {
        new RejectedTidy(bench.ledger, KEEP, most).tidy();
    }

    @Test
    void removes_everything_of_a_rejected_message_some_time_after_it_was_sent() {
        reject("ID:1");
        sendAll();
        bench.clock.forward(KEEP.minusMinutes(1));
        tidy(10);
        assertThat(messages()).isEqualTo(3);
        bench.clock.forward(Duration.ofMinutes(2));
        tidy(10);
        assertThat(messages()).isZero();
        assertThat(scenes()).isZero();
        assertThat(bench.ledger.<Boolean>read(
                        session -> session.announcements().find("ID:1").isEmpty()
                                && session.deadLetters().find("ID:1").isEmpty()
                                && session.deadLetters().find("control/ID:1").isEmpty()))
                .isTrue();
    }

    @Test
    void removes_nothing_that_was_not_sent() {
        reject("ID:1");
        bench.clock.forward(KEEP.multipliedBy(2));
        tidy(0);
        assertThat(messages()).isEqualTo(3);
        assertThat(scenes()).isEqualTo(1);
    }

    @Test
    void keeps_so_many_of_the_newest_messages_at_most() {
        for (int number = 0; number < 300; number++) {
            receiver.receive("ID:" + number, "", "no JSON");
            sendAll();
            bench.clock.forward(Duration.ofSeconds(1));
        }
        tidy(20);
        assertThat(scenes()).isEqualTo(20);
        assertThat(bench.ledger.<Boolean>read(
                        session -> session.announcements().find("ID:299").isPresent()))
                .isTrue();
    }

    @Test
    void keeps_a_scene_that_a_control_request_names() {
        reject("ID:1");
        String scene = bench.ledger
                .read(session -> session.scenes().inStates(Set.of(SceneState.REJECTED)))
                .get(0)
                .id();
        bench.ledger.change(session -> session.controlRequests().add("c", scene, "cancel"));
        sendAll();
        bench.clock.forward(KEEP.plusMinutes(1));
        tidy(10);
        assertThat(scenes()).isEqualTo(1);
        assertThat(bench.ledger.<Boolean>read(
                        session -> session.deadLetters().find("ID:1").isEmpty()))
                .isTrue();
    }

    @Test
    void dead_letters_wait_for_events_and_not_the_other_way_round() {
        reject("ID:1");
        assertThat(due()).noneMatch(entry -> entry.type().equals(Outbox.DEAD)).isNotEmpty();
        List<String> events = due().stream().map(Outbox.Entry::id).toList();
        bench.ledger.change(session -> session.outbox().sent(events));
        assertThat(due()).allMatch(entry -> entry.type().equals(Outbox.DEAD)).hasSize(2);
    }
}
