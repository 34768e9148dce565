/**
 * The stage that archives and removes what is old: runs, sent messages, and the work folders of scenes that have ended.
 * Route: {@code routes/retention.camel.yaml}.
 *
 * <p>Used by: {@code app} and {@code cli}.
 *
 * <p>Must not know: the other stages, the cluster and JMS.
 */
package io.swath.retention;
