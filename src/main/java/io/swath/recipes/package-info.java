/**
 * Reads and checks the recipes in {@code config/recipes}.
 *
 * <p>Used by: the stages, {@code app} and {@code cli}.
 *
 * <p>Must not know: the ledger, the cluster and scenes.
 */
package io.swath.recipes;
