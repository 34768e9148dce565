package io.swath.leadership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.swath.health.Incidents;
import io.swath.ledger.Leader;
import io.swath.ledger.Ledger;
import io.swath.storage.DurableFiles;
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
    /** A Swath that cannot become the leader at its first attempt gives up. */
    private static final Future<?> AT_ONCE = CompletableFuture.completedFuture(null);

    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Incidents incidents = new Incidents(Clock.systemUTC());
    private EmbeddedPostgres postgres;
    private Storage storage;
    private Ledger ledger;
    private LeaderElection first;

    @BeforeEach
    void start() throws IOException {
        postgres = EmbeddedPostgres.start();
        open.push(postgres);
        storage = new Storage(folder.resolve("storage"), "");
        ledger = ledger();
        first = election(ledger, "one", incidents);
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

    private LeaderElection election(Ledger shared, String state, Incidents incidents) throws IOException {
        LeaderElection made =
                new LeaderElection(shared, storage, Files.createDirectories(folder.resolve(state)), "1", incidents);
        open.push(made);
        return made;
    }

    private LeaderElection election(Ledger shared, String state) throws IOException {
        return election(shared, state, new Incidents(Clock.systemUTC()));
    }

    private void awaitMarker(String token) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(Leadership.marker(storage)).hasContent(token));
    }

    @Test
    void the_first_swath_is_the_leader_and_the_second_stands_by() throws Exception {
        storage.create();
        assertThat(first.await(AT_ONCE)).isTrue();
        assertThat(first.leaderElsewhere()).isEmpty();
        assertThat(Leadership.marker(storage)).hasContent("1");
        LeaderElection second = election(ledger(), "two");
        assertThat(second.await(AT_ONCE)).isFalse();
        assertThat(second.leaderElsewhere())
                .hasValueSatisfying(name -> assertThat(name).endsWith("/one"));
        assertThat(second.tryAcquire()).as("the first sends heartbeats").isFalse();
    }

    @Test
    void leadership_that_was_given_up_is_acquired_at_once() throws Exception {
        storage.create();
        first.await(AT_ONCE);
        first.close();
        assertThat(election(ledger(), "two").await(AT_ONCE)).isTrue();
        assertThat(Leadership.marker(storage)).hasContent("3");
    }

    @Test
    void after_a_crash_a_swath_acquires_its_own_leadership_at_once_but_not_the_leadership_of_another_swath()
            throws Exception {
        storage.create();
        first.await(AT_ONCE);
        ledger.close(); // it sends no more heartbeats, and has not given up leadership
        assertThat(election(ledger(), "two").await(AT_ONCE)).isFalse();
        assertThat(election(ledger(), "one").await(AT_ONCE)).isTrue();
    }

    @Test
    void leadership_without_heartbeats_is_acquired_by_a_standby() throws Exception {
        storage.create();
        first.await(AT_ONCE);
        ledger.close();
        LeaderElection second = election(ledger(), "two");
        assertThat(second.await(new CompletableFuture<>())).isTrue();
        assertThat(second.leaderElsewhere()).isEmpty();
        assertThat(Leadership.marker(storage)).hasContent("2");
    }

    @Test
    void lost_leadership_is_noticed_and_not_given_up_again() throws Exception {
        storage.create();
        first.await(AT_ONCE);
        Ledger other = ledger();
        await().atMost(SOON).until(() -> other.becomeLeader(other.leader(), "somebody else"));
        assertThat(first.lost().get(SOON.toSeconds(), TimeUnit.SECONDS)).isEqualTo("somebody else");
        Leader before = other.leader();
        first.close();
        assertThat(other.leader()).isEqualTo(before);
    }

    @Test
    void the_token_on_the_storage_is_corrected_when_it_is_wrong_and_written_when_the_storage_is_mounted_late()
            throws Exception {
        assertThat(first.await(AT_ONCE)).isTrue();
        assertThat(incidents.open()).extracting(Incidents.Incident::what).anyMatch(what -> what.contains(".turn"));
        storage.create();
        awaitMarker("1");
        await().atMost(SOON).until(() -> incidents.open().isEmpty());
        DurableFiles.write(Leadership.marker(storage), "0\n"); // a former leader wrote its token late
        awaitMarker("1");
    }
}
