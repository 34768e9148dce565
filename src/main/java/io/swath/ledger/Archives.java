package io.swath.ledger;

import io.swath.model.Batch;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The files to which the records of old runs are moved. First some batches are chosen for a file, in one transaction
 * ({@link #choose}). Then the file is written from these batches ({@link #batches}), as often as needed: it always gets the
 * same content. When the file is safe on the storage ({@link #written}), the runs and the batches are removed
 * ({@link #removeSome}). So an interruption at any moment neither loses a run nor leaves it twice. Not thread-safe; the
 * steps are to be called from one thread of the leader.
 */
public final class Archives {
    /** The most batches in a file. */
    private static final int MOST_BATCHES = 5_000;
    /** The most batches that one transaction removes: some 10 ms. */
    private static final int MOST_ENDED = 200;

    /**
     * A file.
     *
     * @param name the file's name, below {@code archive/}
     * @param written whether the file is safe on the storage
     */
    public record Part(String name, boolean written) {}

    /** How many files the archive has, and how many runs are in them. */
    public record Size(long files, long runs) {}

    private static final DateTimeFormatter MONTH =
            DateTimeFormatter.ofPattern("uuuu-MM").withZone(ZoneOffset.UTC);

    /**
     * A batch may be archived when it is counted, and its scene has ended or is worked on as another version. All messages
     * about its runs were sent: an accounting record is made from the run. A run that found a changed file of its scene
     * stays until the scene is delivered, because a retry asks for it.
     */
    static final String MAY_GO = "batch.state = 'DONE' and batch.archive is null and batch.created_at < :before"
            + " and batch.counted = 1 and exists (select 1 from scene where scene.id = batch.scene_id"
            + " and (batch.version < scene.version"
            + " or scene.state in ('DELIVERED', 'FAILED', 'CANCELLED', 'REJECTED') and scene.changed_at < :before)"
            + " and (scene.state = 'DELIVERED' or not exists (select 1 from run where run.token = batch.token"
            + " and run.cause = 'INPUT_CHANGED')))"
            + " and not exists (select 1 from run join outbox on outbox.subject = run.token || '/' || run.idx"
            + " and outbox.sent_at is null where run.token = batch.token)";

    private final Session session;

    Archives(Session session) {
        this.session = session;
    }

    /** The file that was chosen and of which runs are still in the ledger. */
    public Optional<Part> open() {
        return session.handle
                .createQuery("select name, case when written_at is null then 0 else 1 end as written from archive"
                        + " where removed_at is null order by chosen_at limit 1")
                .map((row, context) -> new Part(row.getString("name"), row.getInt("written") == 1))
                .findFirst();
    }

    private record Candidate(String token, String sceneId, Instant createdAt, int size) {
        String month() {
            return MONTH.format(createdAt);
        }
    }

    /**
     * Chooses the oldest batches that may be archived, of one month, for a file.
     *
     * @param before batches and ends of scenes before this time
     * @param most about how many runs; one batch is never divided
     * @param suffix makes the file's name unique, {@code runs-MONTH-SUFFIX.csv.gz}, from the tokens of its batches
     * @return the file; empty when there is no such batch
     */
    public Optional<Part> choose(Instant before, int most, Function<List<String>, String> suffix) {
        List<Candidate> batches = ofOneMonth(candidates(before, MOST_BATCHES), most);
        if (batches.isEmpty()) {
            return Optional.empty();
        }
        String name = "runs-" + batches.get(0).month() + "-"
                + suffix.apply(batches.stream().map(Candidate::token).toList()) + ".csv.gz";
        // A retry locks its scene, too: it sees either tiles that are complete, or that the version is archived.
        batches.stream().map(Candidate::sceneId).distinct().sorted().forEach(session.scenes()::lock);
        session.handle.execute(
                "insert into archive (name, month, runs, chosen_at) values (?, ?, 0, ?)",
                name,
                batches.get(0).month(),
                session.now().toEpochMilli());
        session.handle
                .createUpdate("update batch set archive = :name where token in (<tokens>) and " + MAY_GO)
                .bind("name", name)
                .bind("before", before.toEpochMilli())
                .bindList("tokens", batches.stream().map(Candidate::token).toList())
                .execute();
        // A batch of an older version may be archived after those of a later one, whose rows are gone.
        session.handle.execute(
                "update scene set archive = ?, archived = (select case when max(version) > scene.archived then max(version)"
                        + " else scene.archived end from batch"
                        + " where batch.scene_id = scene.id and batch.archive = ?)"
                        + " where id in (select scene_id from batch where archive = ?)",
                name,
                name,
                name);
        return Optional.of(new Part(name, false));
    }

    private static List<Candidate> ofOneMonth(List<Candidate> candidates, int most) {
        List<Candidate> chosen = new ArrayList<>();
        int runs = 0;
        for (Candidate batch : candidates) {
            if (!chosen.isEmpty()
                    && (runs + batch.size() > most
                            || !batch.month().equals(chosen.get(0).month()))) {
                break;
            }
            chosen.add(batch);
            runs += batch.size();
        }
        return chosen;
    }

    /** When the oldest batch that may be archived was made. */
    public Optional<Instant> oldest(Instant before) {
        return candidates(before, 1).stream().findFirst().map(Candidate::createdAt);
    }

    private List<Candidate> candidates(Instant before, int limit) {
        return session.handle
                .createQuery("select token, scene_id, created_at, size from batch where " + MAY_GO
                        + " order by created_at, token limit :limit")
                .bind("before", before.toEpochMilli())
                .bind("limit", limit)
                .map((row, context) -> new Candidate(
                        row.getString("token"),
                        row.getString("scene_id"),
                        Instant.ofEpochMilli(row.getLong("created_at")),
                        row.getInt("size")))
                .list();
    }

    /** The batches of a file of which runs are still in the ledger, in their order. */
    public List<Batch> batches(String name) {
        return session.batches().ofArchive(name, Integer.MAX_VALUE);
    }

    /** Records that the file with all runs of its batches is safe on the storage, and how many they are. */
    public void written(String name, long runs) {
        session.handle.execute(
                "update archive set written_at = ?, runs = ? where name = ? and written_at is null",
                session.now().toEpochMilli(),
                runs,
                name);
    }

    /**
     * Removes some rows of a file that was written: runs, then their batch, and the tiles of its scene, if that has ended.
     * Nothing is removed of a file that was not written.
     *
     * @param most how many rows are removed, at the most
     * @return whether there may be more to remove
     */
    public boolean removeSome(String name, int most) {
        if (open().filter(part -> part.written() && part.name().equals(name)).isEmpty()) {
            return false;
        }
        int left = most;
        for (Batch batch : session.batches().ofArchive(name, MOST_ENDED)) {
            left -= remove(batch, left);
            if (left <= 0) {
                return true;
            }
        }
        if (!session.batches().ofArchive(name, 1).isEmpty()) {
            return true;
        }
        session.handle.execute(
                "update archive set removed_at = ? where name = ?",
                session.now().toEpochMilli(),
                name);
        return false;
    }

    /** Removes the batch with its rows, or only some of its rows; returns how many rows, at least 1. */
    private int remove(Batch batch, int most) {
        session.scenes().lock(batch.sceneId());
        int runs = session.handle.execute(
                "delete from run where token = ? and idx in (select idx from run where token = ? order by idx limit ?)",
                batch.token(),
                batch.token(),
                most);
        if (runs == most) {
            return runs;
        }
        int tiles = removeTiles(batch, most - runs);
        if (runs + tiles < most) {
            session.handle.execute(
                    "update scene set last_batch = case when last_batch < ? then ? else last_batch end where id = ?",
                    batch.number(),
                    batch.number(),
                    batch.sceneId());
            session.handle.execute("delete from batch where token = ?", batch.token());
        }
        return runs + tiles + 1;
    }

    private int removeTiles(Batch batch, int most) {
        return session.handle.execute(
                "delete from tile where scene_id = ? and idx in (select idx from tile where scene_id = ? order by idx limit ?)"
                        + " and exists (select 1 from scene where id = ? and version = ?"
                        + " and state in ('DELIVERED', 'FAILED', 'CANCELLED', 'REJECTED'))",
                batch.sceneId(),
                batch.sceneId(),
                most,
                batch.sceneId(),
                batch.version());
    }

    /** The last file that has runs of this scene, whether it was written already or not; empty when there is none. */
    public Optional<String> fileOf(String sceneId) {
        return session.handle
                .createQuery("select archive from scene where id = :id and archive <> ''")
                .bind("id", sceneId)
                .mapTo(String.class)
                .findFirst();
    }

    /** What was archived until now. */
    public Size size() {
        return session.handle
                .createQuery("select count(*) as files, coalesce(sum(runs), 0) as runs from archive"
                        + " where written_at is not null")
                .map((row, context) -> new Size(row.getLong("files"), row.getLong("runs")))
                .one();
    }
}
