/**
 * What people type: one class per command.
 *
 * <p>Used by: nobody; it is the top.
 *
 * <p>Must not know: camel, and how the parts work inside.
 */
package io.swath.cli;
