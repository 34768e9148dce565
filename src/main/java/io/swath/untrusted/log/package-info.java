/**
 * Text from outside on its way into the log: no message and no exception can forge a line or command a terminal.
 *
 * <p>Used by: {@code logback.xml}.
 *
 * <p>Must not know: all other packages except {@code untrusted}.
 */
package io.swath.untrusted.log;
