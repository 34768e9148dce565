/**
 * Puts the parts together into one program. Only this package and its subpackages know
 * Camel, and only this one knows both adapters of the cluster.
 *
 * <p>Used by: {@code cli}.
 *
 * <p>Must not know: commands and their output.
 */
package io.swath.app;
