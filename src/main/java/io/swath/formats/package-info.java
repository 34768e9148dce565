/**
 * The kinds of scene: one small class for each kind. A kind turns a folder of files into a STAC Item, and says which files
 * belong to it and which are missing.
 *
 * <p>Used by: {@code arrival}.
 *
 * <p>Must not know: where a scene is on the storage, how it arrived, and how it is processed.
 */
package io.swath.formats;
