package io.swath.submission.sizing;

/**
 * One run, as it is learned from.
 *
 * @param x megabytes that it read
 * @param y what it needed, at least 1
 * @param weight how much it counts, above 0 and at most 1
 */
record Point(double x, double y, double weight) {}
