/**
 * The first way in which scenes arrive: somebody puts them into {@code inbox/RECIPE/}.
 *
 * <p>Route: {@code routes/arrival-folder.camel.yaml}.
 *
 * <p>Used by: {@code app}.
 *
 * <p>Must not know: the other ways of arrival, the other stages and the cluster.
 */
package io.swath.arrival.folder;
