/**
 * Reads the settings file, the environment and {@code --set} into the typed records of the parts.
 *
 * <p>Used by: {@code app} and {@code cli}.
 *
 * <p>Must not know: what the parts do with their settings.
 */
package io.swath.app.settings;
