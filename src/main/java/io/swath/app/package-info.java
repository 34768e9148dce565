/**
 * Puts the parts together into one program. The only package that knows Camel, and both adapters of the cluster.
 *
 * <p>Used by: {@code cli}.
 *
 * <p>Must not know: commands and their output.
 */
package io.swath.app;
