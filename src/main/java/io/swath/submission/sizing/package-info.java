/**
 * How much a run needs, learned from the runs before it: the rule that {@code docs/sizing.md} describes. Start reading at
 * {@link io.swath.submission.sizing.Learned}. Pure: it computes, and neither reads nor writes anything.
 *
 * <p>Used by: {@code submission}, and whatever ends runs through {@code submission}'s port to the ledger.
 *
 * <p>Must not know: Slurm, the ledger, recipes, and anything else of {@code submission}.
 */
package io.swath.submission.sizing;
