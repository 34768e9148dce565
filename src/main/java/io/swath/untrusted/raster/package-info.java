/**
 * Finds out what a TIFF contains, without decoding its pixels: first from its header, then from GDAL in a child
 * process.
 *
 * <p>Used by: {@code planning}, {@code app} and {@code cli}.
 *
 * <p>Must not know: tiles, recipes and scenes.
 */
package io.swath.untrusted.raster;
