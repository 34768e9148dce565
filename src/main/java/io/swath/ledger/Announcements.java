package io.swath.ledger;

import io.swath.model.Announcement;
import io.swath.model.Announcement.State;
import io.swath.model.Priority;
import io.swath.model.Rejection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.result.RowView;
import org.jdbi.v3.core.statement.Query;

/**
 * The announcements of ground stations.
 *
 * <p>Waits are measured by the station clock, which the ledger keeps. Only {@link #advanceClock} moves it, so neither a
 * jump of the wall clock nor a stop of Swath uses up a station's time.
 */
public final class Announcements {
    private final Session session;

    Announcements(Session session) {
        this.session = session;
    }

    /**
     * Adds a new announcement.
     *
     * @return false, and nothing is changed, when the message is known, or when an announcement with the same station id
     *     waits or was taken
     */
    public boolean add(Announcement announcement) {
        return session.handle
                        .createUpdate(
                                "insert into announcement (message_id, correlation_id, station_id, digest, body, name,"
                                        + " recipe, priority, not_before, state, waits_for, due_at, deadline, seen, seen_at, scene_id,"
                                        + " rule, field, what, remedy, received_at, changed_at) values (:id, :correlation, :station,"
                                        + " :digest, :body, :name, :recipe, :priority, :notBefore, :state, :waitsFor, :due, :deadline,"
                                        + " :seen, :seenAt, :scene, :rule, :field, :what, :remedy, :received, :received)"
                                        + " on conflict do nothing")
                        .bind("id", announcement.messageId())
                        .bind("correlation", announcement.message().correlationId())
                        .bind("station", announcement.stationId())
                        .bind("digest", announcement.message().digest())
                        .bind("body", announcement.message().body())
                        .bind("name", announcement.name())
                        .bind("recipe", announcement.recipe())
                        .bind("priority", announcement.order().priority().name())
                        .bind("notBefore", announcement.order().notBefore().toEpochMilli())
                        .bind("state", announcement.state().name())
                        .bind("waitsFor", announcement.watch().waitsFor())
                        .bind("due", announcement.watch().dueAt())
                        .bind("deadline", announcement.watch().deadline().orElse(null))
                        .bind("seen", announcement.watch().seen())
                        .bind("seenAt", announcement.watch().seenAt())
                        .bind("scene", announcement.sceneId().orElse(null))
                        .bind(
                                "rule",
                                announcement.rejection().map(Rejection::rule).orElse(""))
                        .bind(
                                "field",
                                announcement.rejection().map(Rejection::field).orElse(""))
                        .bind(
                                "what",
                                announcement.rejection().map(Rejection::what).orElse(""))
                        .bind(
                                "remedy",
                                announcement.rejection().map(Rejection::remedy).orElse(""))
                        .bind("received", announcement.receivedAt().toEpochMilli())
                        .execute()
                == 1;
    }

    public Optional<Announcement> find(String messageId) {
        return announcements(session.handle
                        .createQuery("select * from announcement where message_id = :id")
                        .bind("id", messageId))
                .stream()
                .findFirst();
    }

    /** The announcement with this station id that waits or was taken. */
    public Optional<Announcement> findByStationId(String stationId) {
        return announcements(session.handle
                        .createQuery("select * from announcement where station_id = :id and station_id <> ''"
                                + " and state in ('WAITING', 'TAKEN')")
                        .bind("id", stationId))
                .stream()
                .findFirst();
    }

    /**
     * The station id of the first announcement that became this scene; empty when there is none. A message for several
     * recipes has it in the announcement for the first of them.
     */
    public Optional<String> stationId(String sceneId) {
        return session
                .handle
                .createQuery("select message_id, recipe, station_id from announcement where scene_id = :scene"
                        + " order by received_at, message_id")
                .bind("scene", sceneId)
                .mapToMap(String.class)
                .list()
                .stream()
                .map(own -> stationId(own.get("message_id"), own.get("recipe"), own.get("station_id")))
                .filter(id -> !id.isEmpty())
                .findFirst();
    }

    private String stationId(String messageId, String recipe, String own) {
        String further = "#" + recipe;
        if (!own.isEmpty() || !messageId.endsWith(further)) {
            return own;
        }
        return session.handle
                .createQuery("select station_id from announcement where message_id = :id")
                .bind("id", messageId.substring(0, messageId.length() - further.length()))
                .mapTo(String.class)
                .findFirst()
                .orElse("");
    }

    /** The announcements to look at now: the most urgent first, then those that have been due for longest. */
    public List<Announcement> due(int limit) {
        return announcements(session.handle
                .createQuery("select * from announcement where state = 'WAITING' and due_at <= :clock"
                        + " and not_before <= :now order by case priority when 'URGENT' then 0 when 'NORMAL' then 1"
                        + " else 2 end, due_at, received_at, message_id limit :limit")
                .bind("clock", clock())
                .bind("now", session.now().toEpochMilli())
                .bind("limit", limit));
    }

    /** The announcements that wait, the oldest first. */
    public List<Announcement> waiting(int limit) {
        return announcements(session.handle
                .createQuery("select * from announcement where state = 'WAITING' order by received_at, message_id"
                        + " limit :limit")
                .bind("limit", limit));
    }

    /** The message ids of all announcements that wait. */
    public Set<String> waitingIds() {
        return session.handle
                .createQuery("select message_id from announcement where state = 'WAITING'")
                .mapTo(String.class)
                .set();
    }

    /** Whether an announcement of a message with this content waits; a message for several recipes makes several. */
    public boolean waits(String digest) {
        return session.handle
                .createQuery("select 1 from announcement where state = 'WAITING' and digest = :digest limit 1")
                .bind("digest", digest)
                .mapTo(Integer.class)
                .findFirst()
                .isPresent();
    }

    public int waitingCount() {
        return session.handle
                .createQuery("select count(*) from announcement where state = 'WAITING'")
                .mapTo(Integer.class)
                .one();
    }

    /** Writes the watch of an announcement that waits; see {@link Announcement#with}. */
    public void updateWatch(Announcement announcement) {
        session.handle
                .createUpdate("update announcement set waits_for = :waitsFor, due_at = :due, deadline = :deadline,"
                        + " seen = :seen, seen_at = :seenAt where message_id = :id and state = 'WAITING'")
                .bind("waitsFor", announcement.watch().waitsFor())
                .bind("due", announcement.watch().dueAt())
                .bind("deadline", announcement.watch().deadline().orElse(null))
                .bind("seen", announcement.watch().seen())
                .bind("seenAt", announcement.watch().seenAt())
                .bind("id", announcement.messageId())
                .execute();
    }

    /** Records which scene the announcement becomes. It still waits until the scene's files are in their place. */
    public void setScene(String messageId, String sceneId) {
        session.handle.execute(
                "update announcement set scene_id = ?, changed_at = ? where message_id = ? and state = 'WAITING'",
                sceneId,
                session.now().toEpochMilli(),
                messageId);
    }

    /** Records that the announcement has become this scene. */
    public void taken(String messageId, String sceneId) {
        session.handle.execute(
                "update announcement set state = 'TAKEN', waits_for = '', scene_id = ?, changed_at = ?"
                        + " where message_id = ? and state = 'WAITING'",
                sceneId,
                session.now().toEpochMilli(),
                messageId);
    }

    /** Records that the announcement cannot be used, and adds the dead letter to the outbox. */
    public void rejected(String messageId, String sceneId, Rejection rejection) {
        int changed = session.handle.execute(
                "update announcement set state = 'REJECTED', waits_for = '', scene_id = ?, rule = ?, field = ?,"
                        + " what = ?, remedy = ?, changed_at = ? where message_id = ? and state = 'WAITING'",
                sceneId,
                rejection.rule(),
                rejection.field(),
                rejection.what(),
                rejection.remedy(),
                session.now().toEpochMilli(),
                messageId);
        if (changed == 1) {
            Announcement dead = find(messageId).orElseThrow();
            session.deadLetters()
                    .add(new DeadLetters.Entry(
                            messageId,
                            dead.message().correlationId(),
                            dead.message().body(),
                            rejection));
        }
    }

    /** The time on the station clock, in milliseconds. */
    public long clock() {
        return session.handle
                .createQuery("select watched_ms from station_clock")
                .mapTo(Long.class)
                .one();
    }

    /** Moves the station clock forward. */
    public void advanceClock(Duration passed) {
        session.handle.execute("update station_clock set watched_ms = watched_ms + ?", passed.toMillis());
    }

    private static List<Announcement> announcements(Query query) {
        return query.reduceRows(new ArrayList<>(), (all, row) -> {
            all.add(announcement(row));
            return all;
        });
    }

    private static Announcement announcement(RowView row) {
        String rule = row.getColumn("rule", String.class);
        return new Announcement(
                new Announcement.Message(
                        row.getColumn("message_id", String.class),
                        row.getColumn("correlation_id", String.class),
                        row.getColumn("body", String.class),
                        row.getColumn("digest", String.class)),
                row.getColumn("station_id", String.class),
                new Announcement.Order(
                        row.getColumn("name", String.class),
                        row.getColumn("recipe", String.class),
                        Priority.valueOf(row.getColumn("priority", String.class)),
                        Session.instant(row, "not_before")),
                State.valueOf(row.getColumn("state", String.class)),
                new Announcement.Watch(
                        row.getColumn("waits_for", String.class),
                        row.getColumn("due_at", Long.class),
                        Optional.ofNullable(row.getColumn("deadline", Long.class)),
                        row.getColumn("seen", String.class),
                        row.getColumn("seen_at", Long.class)),
                Optional.ofNullable(row.getColumn("scene_id", String.class)),
                rule.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new Rejection(
                                rule,
                                row.getColumn("field", String.class),
                                row.getColumn("what", String.class),
                                row.getColumn("remedy", String.class))),
                Session.instant(row, "received_at"));
    }
}
