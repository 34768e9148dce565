package io.swath.model;

/**
 * A task's trackable resources, in Slurm's notation, such as {@code billing=1,cpu=1,mem=600M,node=1}; see TRES in
 * slurm.conf(5). Immutable.
 *
 * @param requested the resources that the task requested; empty if not known
 * @param allocated the resources that it was given, with {@code gres/gpu} and {@code gres/shard}; empty before it
 *     started
 */
public record Tres(String requested, String allocated) {
    /** Nothing is known. */
    public static final Tres NONE = new Tres("", "");
}
