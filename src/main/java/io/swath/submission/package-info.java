/**
 * The stage that sizes what waits and queues it as job arrays, each exactly once. Route: {@code
 * routes/submission.camel.yaml}.
 *
 * <p>Used by: {@code app} and {@code cli}.
 *
 * <p>Must not know: the other stages; which cluster it is.
 */
package io.swath.submission;
