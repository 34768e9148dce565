package io.swath.model;

/**
 * A task's trackable resources, in Slurm's notation, such as {@code billing=1,cpu=1,mem=600M,node=1}; see TRES in
 * slurm.conf(5). Immutable.
 *
 * @param requested what was asked for; empty where it is not known
 * @param allocated what was given, with {@code gres/gpu} and {@code gres/shard}; empty before the task started
 */
public record Tres(String requested, String allocated) {
    /** Nothing known. */
    public static final Tres NONE = new Tres("", "");
}
