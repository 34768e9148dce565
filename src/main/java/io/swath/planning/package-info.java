/**
 * The stage that finds out what an accepted scene is, which bands the recipe gets and which tiles it has. Route:
 * {@code routes/planning.camel.yaml}.
 *
 * <p>Used by: {@code app} and {@code cli}.
 *
 * <p>Must not know: the other stages and the cluster.
 */
package io.swath.planning;
