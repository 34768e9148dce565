package io.swath.leadership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.swath.health.Incidents;
import io.swath.ledger.Leader;
import io.swath.ledger.Ledger;
import io.swath.storage.Storage;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("resources")
class LeaderElectionTest {
    /** Whoever may not take the turn at his first look gives up. */
    private static final Future<?> AT_ONCE = CompletableFuture.completedFuture(null);

    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Incidents incidents = new Incidents(Clock.systemUTC());
    private EmbeddedPostgres postgres;
    private Storage storage;
    private Ledger ledger;
    private LeaderElection keeper;

    @BeforeEach
    void start() throws IOException {
        postgres = EmbeddedPostgres.start();
        open.push(postgres);
        storage = new Storage(folder.resolve("storage"), "");
        ledger = ledger();
        keeper = keeper(ledger, "one", incidents);
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable part : open) {
            part.close();
        }
    }

    private Ledger ledger() {
        Ledger opened = Ledger.postgres(postgres.getJdbcUrl("postgres", "postgres"), "", "", Clock.systemUTC());
        open.push(opened);
        return opened;
    }

    private LeaderElection keeper(Ledger of, String state, Incidents incidents) throws IOException {
        LeaderElection made =
                new LeaderElection(of, storage, Files.createDirectories(folder.resolve(state)), incidents);
        open.push(made);
        return made;
    }

    private LeaderElection keeper(Ledger of, String state) throws IOException {
        return keeper(of, state, new Incidents(Clock.systemUTC()));
    }

    private void awaitMarker(String number) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(LeaderElection.marker(storage)).hasContent(number));
    }

    @Test
    void who_comes_first_has_the_turn_and_who_comes_second_stands_by() throws Exception {
        storage.create();
        assertThat(keeper.await(AT_ONCE)).isTrue();
        assertThat(keeper.currentLeader()).isEmpty();
        assertThat(LeaderElection.marker(storage)).hasContent("1");
        LeaderElection second = keeper(ledger(), "two");
        assertThat(second.await(AT_ONCE)).isFalse();
        assertThat(second.currentLeader())
                .hasValueSatisfying(name -> assertThat(name).endsWith("/one"));
        assertThat(second.tryAcquire()).as("the first shows life").isFalse();
    }

    @Test
    void a_turn_given_back_is_taken_at_once() throws Exception {
        storage.create();
        keeper.await(AT_ONCE);
        keeper.close();
        assertThat(keeper(ledger(), "two").await(AT_ONCE)).isTrue();
        assertThat(LeaderElection.marker(storage)).hasContent("3");
    }

    @Test
    void after_a_crash_its_own_turn_is_taken_at_once_and_anothers_is_not() throws Exception {
        storage.create();
        keeper.await(AT_ONCE);
        ledger.close(); // it shows no life any more, and has given nothing back
        assertThat(keeper(ledger(), "two").await(AT_ONCE)).isFalse();
        assertThat(keeper(ledger(), "one").await(AT_ONCE)).isTrue();
    }

    @Test
    void a_turn_whose_holder_shows_no_life_is_taken() throws Exception {
        storage.create();
        keeper.await(AT_ONCE);
        ledger.close();
        LeaderElection second = keeper(ledger(), "two");
        assertThat(second.await(new CompletableFuture<>())).isTrue();
        assertThat(second.currentLeader()).isEmpty();
        assertThat(LeaderElection.marker(storage)).hasContent("2");
    }

    @Test
    void a_lost_turn_is_noticed_and_not_given_back() throws Exception {
        storage.create();
        keeper.await(AT_ONCE);
        Ledger other = ledger();
        await().atMost(SOON).until(() -> other.becomeLeader(other.leader(), "somebody else"));
        assertThat(keeper.lost().get(SOON.toSeconds(), TimeUnit.SECONDS)).isEqualTo("somebody else");
        Leader before = other.leader();
        keeper.close();
        assertThat(other.leader()).isEqualTo(before);
    }

    @Test
    void the_number_on_the_storage_is_put_right_when_it_is_wrong_and_written_when_the_storage_comes_late()
            throws Exception {
        assertThat(keeper.await(AT_ONCE)).isTrue();
        assertThat(incidents.open()).extracting(Incidents.Incident::what).anyMatch(what -> what.contains(".turn"));
        storage.create();
        awaitMarker("1");
        await().atMost(SOON).until(() -> incidents.open().isEmpty());
        Storage.write(LeaderElection.marker(storage), "0\n"); // one that took the turn before and wrote it late
        awaitMarker("1");
    }
}
