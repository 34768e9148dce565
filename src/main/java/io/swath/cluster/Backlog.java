package io.swath.cluster;

/**
 * What waits in the queue of a partition.
 *
 * @param tasks tasks of all users, as far as the cluster shows them
 * @param own those of Swath's user
 */
public record Backlog(int tasks, int own) {
    /** Nothing waits. */
    public static final Backlog NONE = new Backlog(0, 0);

    /** Both together. */
    public Backlog plus(Backlog other) {
        return new Backlog(tasks + other.tasks, own + other.own);
    }
}
