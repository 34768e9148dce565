/**
 * Reads STAC Items (1.0 and 1.1): assets, bands, checksums and hrefs.
 *
 * <p>Used by: {@code arrival} and {@code planning}.
 *
 * <p>Must not know: where a scene lies on the storage, and what becomes of it.
 */
package io.swath.untrusted.stac;
