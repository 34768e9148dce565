/**
 * Reads what a TIFF is, without decoding its pixels: first by walking the header, then by asking GDAL in a child
 * process.
 *
 * <p>Used by: {@code planning}, and whoever must know what a raster file is.
 *
 * <p>Must not know: tiles, recipes and scenes.
 */
package io.swath.untrusted.raster;
