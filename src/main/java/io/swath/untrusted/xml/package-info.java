/**
 * Reads XML documents from outside, with bounds and without anything that a document could load.
 *
 * <p>Used by: {@code formats}.
 *
 * <p>Must not know: what a document is about.
 */
package io.swath.untrusted.xml;
