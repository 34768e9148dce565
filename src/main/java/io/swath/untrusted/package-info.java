/**
 * Bytes from strangers, read with bounds: JSON and YAML fields, amounts, and text that is shown to people.
 *
 * <p>Used by: whoever reads something that Swath did not write itself.
 *
 * <p>Must not know: stages, ledger and cluster: it says what was read or why it is rejected, and decides nothing else.
 */
package io.swath.untrusted;
