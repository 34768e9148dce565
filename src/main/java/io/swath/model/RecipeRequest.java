package io.swath.model;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a recipe's {@code request} says. What it leaves out has a default, which a step and the assembly have each of their own.
 * Immutable.
 *
 * @param cpus for each task
 * @param memoryMiB of each node, for all tasks there: a guess, until runs have taught more
 * @param time the time limit: a guess, too
 * @param placement on which nodes it runs, on how many, and with how many tasks
 */
public record RecipeRequest(OptionalInt cpus, OptionalInt memoryMiB, Optional<Duration> time, Placement placement) {
    /** A request that says nothing. */
    public static final RecipeRequest NONE =
            new RecipeRequest(OptionalInt.empty(), OptionalInt.empty(), Optional.empty(), Placement.NONE);
}
