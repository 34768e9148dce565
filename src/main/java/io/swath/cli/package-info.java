/**
 * What people type: one class per command.
 *
 * <p>Used by: no other package.
 *
 * <p>Must not know: Camel, and how the parts work inside.
 */
package io.swath.cli;
