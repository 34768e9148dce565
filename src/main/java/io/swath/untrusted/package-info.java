/**
 * Reads data from outside with limits on its size: JSON and YAML fields, amounts, and text that is shown to people.
 *
 * <p>Used by: {@code arrival}, {@code control}, {@code planning}, {@code recipes}, {@code app} and {@code cli}.
 *
 * <p>Must not know: the stages, the ledger and the cluster. It returns what it read, or why the data is rejected, and
 * decides nothing else.
 */
package io.swath.untrusted;
