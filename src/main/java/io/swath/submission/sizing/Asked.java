package io.swath.submission.sizing;

/**
 * What a run asks for, and why.
 *
 * @param amount in the quantity's unit: whole MiB, or seconds that are whole minutes
 * @param why one sentence for the operator, which begins with the amount, such as "421 MiB: 98 of 100 runs of this size need
 *     less than 402 MiB (183 runs, 7 scenes), x 1.03, up to 1/19 of a node"
 * @param expected what such a run needs on average; before any run, the guess
 */
public record Asked(double amount, String why, double expected) {}
