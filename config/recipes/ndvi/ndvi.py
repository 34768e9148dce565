#!/usr/bin/env python3
"""NDVI = (nir - red) / (nir + red) of one tile, as int16 x 10000, nodata -32768.

Band 1 of the scene is red and band 2 is nir, as recipe.yaml lists them. A pixel is valid when both bands are
valid there and nir + red is above zero. The bands' scale and offset are applied first, because an offset
changes the index (Sentinel-2 has -1000 since baseline 04.00). The index is clipped to -1 ... 1. The output's metadata
say how many pixels were outside: a few are noise over water, many come from a wrong scale or offset. The tile is
read in strips of rows, so memory stays flat for tiles of any size.
"""
import os

import numpy as np
from osgeo import gdal

NODATA = -32768
FEW = 0.01  # of the valid pixels: so many outside the range are noise
STRIP = 512  # rows; equal to the output's block size, so that every strip writes whole blocks


def environment(*names):
    return [int(os.environ["SWATH_" + name]) for name in names]


def read(band, x, y, width, rows):
    """The band's physical values as float64, and a mask of the valid ones."""
    values = band.ReadAsArray(x, y, width, rows).astype(np.float64)
    scale, offset = band.GetScale(), band.GetOffset()
    if scale not in (None, 1.0):
        values *= scale
    if offset:
        values += offset
    if band.GetMaskFlags() == gdal.GMF_ALL_VALID:
        return values, np.True_
    return values, band.GetMaskBand().ReadAsArray(x, y, width, rows) != 0


def ndvi(red, nir, valid):
    """The index, how many pixels are valid, and how many of them were outside its range."""
    total = nir + red
    # Excludes sums that are zero, or zero but for the rounding of scale and offset, and sums below zero (noise).
    valid = valid & (total > 1e-9 * (np.abs(nir) + np.abs(red)))
    with np.errstate(divide="ignore", invalid="ignore"):
        index = np.rint((nir - red) / total * 10000)
    valid &= np.isfinite(index)
    outside = np.count_nonzero(valid & (np.abs(index) > 10000))
    return np.where(valid, np.clip(index, -10000, 10000), NODATA).astype(np.int16), np.count_nonzero(valid), outside


def create(path, scene, x, y, width, height):
    """An empty GeoTIFF for the window: the scene's grid, its origin moved to the window's corner."""
    options = ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "PREDICTOR=2", "BIGTIFF=IF_SAFER"]
    zstd = "ZSTD" in gdal.GetDriverByName("GTiff").GetMetadataItem("DMD_CREATIONOPTIONLIST")
    options += ["COMPRESS=ZSTD", "ZSTD_LEVEL=1"] if zstd else ["COMPRESS=DEFLATE", "ZLEVEL=1"]
    output = gdal.GetDriverByName("GTiff").Create(path, width, height, 1, gdal.GDT_Int16, options)
    transform = scene.GetGeoTransform(can_return_null=True)
    if transform:
        a, b, c, d, e, f = transform  # b, c, e, f rotate and shear a scene that is not north-up
        output.SetGeoTransform((a + x * b + y * c, b, c, d + x * e + y * f, e, f))
    if scene.GetSpatialRef():
        output.SetSpatialRef(scene.GetSpatialRef())
    band = output.GetRasterBand(1)
    band.SetNoDataValue(NODATA)
    band.SetDescription("ndvi")
    band.SetScale(0.0001)
    return output


def main():
    gdal.UseExceptions()
    x, y, width, height = environment("CORE_X", "CORE_Y", "CORE_WIDTH", "CORE_HEIGHT")
    scene = gdal.OpenEx(os.environ["SWATH_INPUT"], gdal.OF_RASTER, allowed_drivers=["VRT", "GTiff"])
    output, valid, outside = None, 0, 0
    for row in range(0, height, STRIP):
        rows = min(STRIP, height - row)
        red, red_valid = read(scene.GetRasterBand(1), x, y + row, width, rows)
        nir, nir_valid = read(scene.GetRasterBand(2), x, y + row, width, rows)
        index, *counted = ndvi(red, nir, red_valid & nir_valid)
        valid, outside = valid + counted[0], outside + counted[1]
        if output is None and not counted[0]:
            continue  # no valid pixel so far; strips that are never written read as nodata
        output = output or create(os.environ["SWATH_OUTPUT"], scene, x, y, width, height)
        output.GetRasterBand(1).WriteArray(index, 0, row)
    if output is None:
        open(os.environ["SWATH_EMPTY"], "w").close()
    else:
        output.SetMetadata({"SWATH_VALID_PIXELS": str(valid), "SWATH_OUTSIDE_RANGE": str(outside)})
        if outside > FEW * valid:
            with open(os.environ["SWATH_NOTE"], "w") as note:
                note.write(f"{100 * outside / valid:.1f} % of the valid pixels are outside -1 ... 1: are scale and offset right?\n")
        output.FlushCache()  # raises an error when the disk is full; closing alone does not


if __name__ == "__main__":
    main()
