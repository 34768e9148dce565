package io.swath.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.result.RowView;

/** The control requests: what people asked to be done with scenes. Used within the session that returned it. */
public final class ControlRequests {
    /** How a request ended. */
    public enum Result {
        /** It was carried out. */
        DONE,
        /** It was not carried out, and never will be. */
        REFUSED
    }

    /**
     * A request.
     *
     * @param action the action's name as a person wrote it; this Swath may have no such action
     * @param result how the request ended; empty while it is open
     * @param answer a sentence for the person who asked: what was done, or why it was refused; empty while it is open
     */
    public record Entry(String id, String sceneId, String action, Optional<Result> result, String answer) {}

    private final Session session;

    ControlRequests(Session session) {
        this.session = session;
    }

    /** Adds an open request. Does nothing when the ledger has a request with this id. */
    public void add(String id, String sceneId, String action) {
        session.handle.execute(
                "insert into control (id, scene_id, verb, requested_at) values (?, ?, ?, ?) on conflict do nothing",
                id,
                sceneId,
                action,
                session.now().toEpochMilli());
    }

    /** The open requests, the oldest first. */
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

    /** Closes a request with its result, and the answer for the person who asked. */
    public void close(String id, Result result, String answer) {
        session.handle.execute(
                "update control set done_at = ?, result = ?, outcome = ? where id = ?",
                session.now().toEpochMilli(),
                result.name(),
                answer,
                id);
    }

    private static Entry entry(RowView row) {
        return new Entry(
                row.getColumn("id", String.class),
                row.getColumn("scene_id", String.class),
                row.getColumn("verb", String.class),
                result(row),
                row.getColumn("outcome", String.class));
    }

    /** An older Swath that still runs during an upgrade writes no result; its answer begins with "done" or "refused". */
    private static Optional<Result> result(RowView row) {
        Optional<Result> written =
                Optional.ofNullable(row.getColumn("result", String.class)).map(Result::valueOf);
        if (written.isPresent() || row.getColumn("done_at", Long.class) == null) {
            return written;
        }
        String answer = row.getColumn("outcome", String.class);
        return Optional.of(answer.startsWith("done") ? Result.DONE : Result.REFUSED);
    }
}
