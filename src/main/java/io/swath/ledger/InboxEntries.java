package io.swath.ledger;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;

/** The inbox entries that wait because they are incomplete, or because their recipe cannot be used. */
public final class InboxEntries {
    /**
     * An entry that waits.
     *
     * @param path below the inbox folder, such as {@code ndvi/scene.tif}; identifies the entry
     * @param recipe the name of the inbox, which is the name of the recipe
     * @param missing what the entry waits for, for people
     * @param firstSeen when Swath first saw the entry, by the wall clock
     * @param waited how long the entry has waited; only time in which Swath looked and the storage answered counts
     */
    public record Entry(String path, String recipe, String missing, Instant firstSeen, Duration waited) {}

    private final Session session;

    InboxEntries(Session session) {
        this.session = session;
    }

    /** Adds these entries, or replaces those that have the same path. */
    public void put(Collection<Entry> entries) {
        if (entries.isEmpty()) {
            return;
        }
        PreparedBatch batch =
                session.handle.prepareBatch("insert into inbox_entry (path, recipe, missing, first_seen, waited_ms)"
                        + " values (:path, :recipe, :missing, :firstSeen, :waited) on conflict (path) do update set"
                        + " recipe = excluded.recipe, missing = excluded.missing, first_seen = excluded.first_seen,"
                        + " waited_ms = excluded.waited_ms");
        for (Entry entry : entries) {
            batch.bind("path", entry.path())
                    .bind("recipe", entry.recipe())
                    .bind("missing", entry.missing())
                    .bind("firstSeen", entry.firstSeen().toEpochMilli())
                    .bind("waited", entry.waited().toMillis())
                    .add();
        }
        batch.execute();
    }

    /** Removes the entries with these paths; a path without an entry is ignored. */
    public void remove(Collection<String> paths) {
        if (paths.isEmpty()) {
            return;
        }
        PreparedBatch batch = session.handle.prepareBatch("delete from inbox_entry where path = :path");
        paths.forEach(path -> batch.bind("path", path).add());
        batch.execute();
    }

    /** Every entry, in the order in which Swath first saw them. */
    public List<Entry> all() {
        return entries(session.handle.createQuery("select * from inbox_entry order by first_seen, path"));
    }

    /** The entries that Swath saw first, the oldest first. */
    public List<Entry> oldest(int limit) {
        return entries(session.handle
                .createQuery("select * from inbox_entry order by first_seen, path limit :limit")
                .bind("limit", limit));
    }

    public int count() {
        return session.handle
                .createQuery("select count(*) from inbox_entry")
                .mapTo(Integer.class)
                .one();
    }

    private static List<Entry> entries(Query query) {
        return query.map((row, context) -> new Entry(
                        row.getString("path"),
                        row.getString("recipe"),
                        row.getString("missing"),
                        Instant.ofEpochMilli(row.getLong("first_seen")),
                        Duration.ofMillis(row.getLong("waited_ms"))))
                .list();
    }
}
