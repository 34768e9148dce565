/**
 * The stage that sizes waiting tiles and submits them as job arrays, each array exactly once. Route:
 * {@code routes/submission.camel.yaml}.
 *
 * <p>Used by: {@code app} and {@code cli}.
 *
 * <p>Must not know: the other stages, and the kind of cluster.
 */
package io.swath.submission;
