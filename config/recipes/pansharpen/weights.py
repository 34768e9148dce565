#!/usr/bin/env python3
"""The weights, the offset and the gains for pansharpen.py, from the whole scene. Writes them as JSON.

The panchromatic band is averaged over each multispectral pixel. The weights and the offset are those of a regression,
pan = offset + the weighted sum of the bands, by least squares over all pixels that are valid in all bands. The gain of
a band is its covariance with that sum, divided by the variance of the sum (see pansharpen.py for the method's source).
Everything follows from the means and covariances, so the scene is read once, block by block.
"""
import json
import os
import sys

import numpy as np
from osgeo import gdal

sys.dont_write_bytecode = True  # jobs may not write to this folder
import pansharpen  # noqa: E402

BLOCK = 512  # coarse pixels


def averages(sums, first, count, scale, shift):
    """From sums of the fine pixels before each one (axis 0): the mean over each coarse pixel, whose border may cut pixels."""
    borders = (np.arange(first, first + count + 1) - shift) / scale
    places = np.clip(borders - np.floor(borders[0]), 0, len(sums) - 1)
    whole = np.minimum(places.astype(int), len(sums) - 2)
    part = (places - whole).reshape(-1, *[1] * (sums.ndim - 1))
    at = sums[whole] + part * (sums[whole + 1] - sums[whole])
    return (at[1:] - at[:-1]) * scale


def coarse_pan(scene, pan, coarse, x, y, width, height):
    """pan averaged over coarse pixels, and where all of their fine pixels are valid."""
    window = []
    for first, count, scale, shift, size in ((x, width, coarse.scale_x, coarse.shift_x, scene.RasterXSize),
                                             (y, height, coarse.scale_y, coarse.shift_y, scene.RasterYSize)):
        window.append((int(np.floor((first - shift) / scale)), int(np.ceil((first + count - shift) / scale)), size))
    (left, right, across), (top, bottom, down) = window
    inside = (max(left, 0), max(top, 0), min(right, across), min(bottom, down))
    fine = pan.ReadAsArray(inside[0], inside[1], inside[2] - inside[0], inside[3] - inside[1])
    known = pansharpen.valid(fine, pan.GetNoDataValue())
    around = ((inside[1] - top, bottom - inside[3]), (inside[0] - left, right - inside[2]))
    result = []
    for plane in (np.where(known, fine, 0).astype(np.float64), known.astype(np.float64)):
        sums = np.pad(plane, ((around[0][0] + 1, around[0][1]), around[1])).cumsum(0)
        rows = averages(sums, y, height, coarse.scale_y, coarse.shift_y)
        sums = np.pad(rows, ((0, 0), (1, 0))).cumsum(1).T
        result.append(averages(sums, x, width, coarse.scale_x, coarse.shift_x).T)
    return result[0], result[1] > 1 - 1e-6


def moments(scene, pan, bands):
    """The number of pixels that are valid in all bands, and the means and covariances of the bands and pan, in this order."""
    first, count, base = bands[0], 0, None
    total, squares = np.zeros(len(bands) + 1), np.zeros((len(bands) + 1,) * 2)
    for y in range(0, first.file.RasterYSize, BLOCK):
        for x in range(0, first.file.RasterXSize, BLOCK):
            window = (x, y, min(BLOCK, first.file.RasterXSize - x), min(BLOCK, first.file.RasterYSize - y))
            average, known = coarse_pan(scene, pan, first, *window)
            planes = []
            for coarse in bands:
                values, there = coarse.read(*window)
                planes.append(values)
                known = known & there
            if not known.any():
                continue
            values = np.stack([plane[known] for plane in (*planes, average)])
            base = values.mean(1) if base is None else base  # sums of differences from a value lose no digits
            values -= base[:, None]
            count, total, squares = count + values.shape[1], total + values.sum(1), squares + values @ values.T
    if not count:
        return 0, total, squares
    mean = total / count
    return count, base + mean, squares / count - np.outer(mean, mean)


def regression(inner, outer):
    """The weights by least squares. No sensor sees less when there is more light, so a band with a weight below 0 is left out."""
    weights, used = np.zeros(len(outer)), np.arange(len(outer))
    while used.size:
        found = np.linalg.lstsq(inner[np.ix_(used, used)], outer[used], rcond=1e-9)[0]
        if found.min() >= 0:
            weights[used] = found
            break
        used = np.delete(used, found.argmin())
    return weights


def statistics(count, means, covariances):
    bands = len(means) - 1
    inner, outer = covariances[:bands, :bands], covariances[:bands, bands]
    weights = regression(inner, outer) if count > bands + 1 else np.zeros(bands)
    variance = weights @ inner @ weights
    pan_variance = covariances[bands, bands]
    return {"weights": list(weights), "offset": float(means[bands] - weights @ means[:bands]),
            "gains": list(inner @ weights / variance) if variance > 0 else [0.0] * bands,
            "pixels": int(count), "r2": float(variance / pan_variance) if pan_variance > 0 else 1.0}


def main():
    gdal.UseExceptions()
    scene, pan, bands = pansharpen.open_scene()
    for coarse in bands:
        if max(coarse.scale_x, coarse.scale_y) > 0.75:
            sys.exit(f"{coarse.name} has {coarse.file.RasterXSize} x {coarse.file.RasterYSize} pixels, and the panchromatic band "
                     f"{scene.RasterXSize} x {scene.RasterYSize}: it is not finer, so there is nothing to sharpen with")
        if coarse.grid != bands[0].grid or coarse.band.DataType != bands[0].band.DataType:
            sys.exit(f"{coarse.name} has another grid or type than {bands[0].name}: bring the multispectral bands onto one grid and type")
    made = statistics(*moments(scene, pan, bands))
    with open(os.environ["SWATH_OUTPUT"], "w") as file:
        json.dump({"bands": [coarse.name for coarse in bands], **made}, file)
    with open(os.environ["SWATH_NOTE"], "w") as note:
        weights = " ".join(f"{coarse.name} {weight:.3f}" for coarse, weight in zip(bands, made["weights"]))
        note.write(f"pan from the bands: {weights}; r2 {made['r2']:.3f} over {made['pixels']} pixels\n")


if __name__ == "__main__":
    main()
