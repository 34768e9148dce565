package io.swath.ledger;

import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.result.RowView;

/**
 * Access to the tables within one transaction or one read. Not thread-safe, and valid only until the ledger's call
 * returns.
 */
public final class Session {
    final Handle handle;
    /** Whether several transactions may write at the same time. */
    final boolean concurrent;

    private final Clock clock;

    Session(Handle handle, Clock clock, boolean concurrent) {
        this.handle = handle;
        this.clock = clock;
        this.concurrent = concurrent;
    }

    public Scenes scenes() {
        return new Scenes(this);
    }

    public Tiles tiles() {
        return new Tiles(this);
    }

    public Batches batches() {
        return new Batches(this);
    }

    public UnsentBatches unsentBatches() {
        return new UnsentBatches(this);
    }

    public Runs runs() {
        return new Runs(this);
    }

    public LearnedSizes learnedSizes() {
        return new LearnedSizes(this);
    }

    public DeviceLoads deviceLoads() {
        return new DeviceLoads(this);
    }

    public Faults faults() {
        return new Faults(this);
    }

    public GpuUsage gpuUsage() {
        return new GpuUsage(this);
    }

    public CommandCounts commandCounts() {
        return new CommandCounts(this);
    }

    public Usage usage() {
        return new Usage(this);
    }

    public Archives archives() {
        return new Archives(this);
    }

    public WorkFolders workFolders() {
        return new WorkFolders(this);
    }

    public Kept kept() {
        return new Kept(this);
    }

    public Outbox outbox() {
        return new Outbox(this);
    }

    public Nights nights() {
        return new Nights(this);
    }

    public Products products() {
        return new Products(this);
    }

    public ControlRequests controlRequests() {
        return new ControlRequests(this);
    }

    public Announcements announcements() {
        return new Announcements(this);
    }

    public InboxEntries inboxEntries() {
        return new InboxEntries(this);
    }

    public Waits waits() {
        return new Waits(this);
    }

    public DeadLetters deadLetters() {
        return new DeadLetters(this);
    }

    /** The ledger's time. */
    public Instant now() {
        return Instant.ofEpochMilli(clock.millis());
    }

    static String join(Collection<String> words) {
        return String.join(" ", words);
    }

    static List<String> split(String text) {
        return text.isBlank() ? List.of() : Arrays.asList(text.split(" "));
    }

    static Long millis(Optional<Instant> time) {
        return time.map(Instant::toEpochMilli).orElse(null);
    }

    static Optional<Instant> optionalInstant(RowView row, String column) {
        return Optional.ofNullable(row.getColumn(column, Long.class)).map(Instant::ofEpochMilli);
    }

    static Instant instant(RowView row, String column) {
        return Instant.ofEpochMilli(row.getColumn(column, Long.class));
    }

    static boolean flag(RowView row, String column) {
        return row.getColumn(column, Integer.class) != 0;
    }
}
