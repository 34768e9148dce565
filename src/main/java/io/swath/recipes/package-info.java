/**
 * Reads and checks the recipes in {@code config/recipes}.
 *
 * <p>Used by: {@code arrival}, {@code planning}, {@code submission}, {@code tracking}, {@code app} and {@code cli}.
 *
 * <p>Must not know: the ledger, the cluster and scenes.
 */
package io.swath.recipes;
