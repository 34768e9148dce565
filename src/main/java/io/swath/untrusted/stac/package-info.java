/**
 * Reads STAC Items (1.0 and 1.1): assets, bands, checksums and hrefs.
 *
 * <p>Used by: {@code arrival} and {@code planning}.
 *
 * <p>Must not know: where a scene is on the storage, and how it is processed.
 */
package io.swath.untrusted.stac;
