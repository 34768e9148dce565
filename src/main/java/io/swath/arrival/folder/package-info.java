/**
 * The first way in: scenes that are dropped into {@code inbox/RECIPE/}. Route: {@code routes/arrival-
 * folder.camel.yaml}.
 *
 * <p>Used by: {@code app}.
 *
 * <p>Must not know: the other ways in, the other stages and the cluster.
 */
package io.swath.arrival.folder;
