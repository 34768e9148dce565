#!/usr/bin/env python3
"""NDVI = (nir - red) / (nir + red) of one tile, as int16 x 10000, nodata -32768.

Band 1 of the scene is red and band 2 is nir, as recipe.yaml lists them. A pixel is valid when both bands are
valid there and nir + red is above zero. The bands' scale and offset are applied first, because an offset
changes the index (Sentinel-2 has -1000 since baseline 04.00). The index is clipped to -1 ... 1. The output's metadata
say how many pixels were outside: a few are noise over water, many come from a wrong scale or offset. The tile is
read in strips of rows, so memory stays flat for tiles of any size.
"""
import numpy as np

import swath_tile

NODATA = -32768
FEW = 0.01  # of the valid pixels: so many outside the range are noise


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


def main():
    scene, valid, outside = swath_tile.scene(), 0, 0
    with swath_tile.Tile(scene, np.int16, NODATA, names=["ndvi"], describe=lambda output: output.GetRasterBand(1).SetScale(0.0001)) as tile:
        for window in tile.strips():
            red, red_valid = swath_tile.read(scene.GetRasterBand(1), *window)
            nir, nir_valid = swath_tile.read(scene.GetRasterBand(2), *window)
            index, *counted = ndvi(red, nir, red_valid & nir_valid)
            valid, outside = valid + counted[0], outside + counted[1]
            tile.write(index, window[1])
        tile.metadata.update(SWATH_VALID_PIXELS=str(valid), SWATH_OUTSIDE_RANGE=str(outside))
    if outside > FEW * valid:
        swath_tile.note(f"{100 * outside / valid:.1f} % of the valid pixels are outside -1 ... 1: are scale and offset right?")


if __name__ == "__main__":
    main()
