package io.swath.ledger;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.result.RowView;

/** What people asked to be done with scenes. */
public final class ControlRequests {
    /**
     * A wish.
     *
     * @param outcome what became of it, empty while it is open
     */
    public record Entry(String id, String sceneId, String action, Instant requestedAt, boolean done, String outcome) {}

    private final Session session;

    ControlRequests(Session session) {
        this.session = session;
    }

    /** Writes a wish down; the same id twice is one wish. */
    public void add(String id, String sceneId, String action) {
        session.handle.execute(
                "insert into control (id, scene_id, verb, requested_at) values (?, ?, ?, ?) on conflict do nothing",
                id,
                sceneId,
                action,
                session.now().toEpochMilli());
    }

    public List<Entry> open() {
        return session.handle
                .createQuery("select * from control where done_at is null order by requested_at, id")
                .reduceRows(new ArrayList<>(), (entries, row) -> {
                    entries.add(entry(row));
                    return entries;
                });
    }

    public Optional<Entry> find(String id) {
        return session.handle
                .createQuery("select * from control where id = :id")
                .bind("id", id)
                .<String, Entry>reduceRows((entries, row) -> entries.put(id, entry(row)))
                .findFirst();
    }

    public void done(String id, String outcome) {
        session.handle.execute(
                "update control set done_at = ?, outcome = ? where id = ?",
                session.now().toEpochMilli(),
                outcome,
                id);
    }

    private static Entry entry(RowView row) {
        return new Entry(
                row.getColumn("id", String.class),
                row.getColumn("scene_id", String.class),
                row.getColumn("verb", String.class),
                Session.instant(row, "requested_at"),
                Session.optionalInstant(row, "done_at").isPresent(),
                row.getColumn("outcome", String.class));
    }
}
