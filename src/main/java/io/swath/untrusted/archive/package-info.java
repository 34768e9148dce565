/**
 * Reads archives from outside (zip, tar, and tar in gzip or bzip2), with bounds on their size, ratio, number, depth and
 * names.
 *
 * <p>Used by: {@code arrival}.
 *
 * <p>Must not know: what is in an archive, and where its files go.
 */
package io.swath.untrusted.archive;
