#!/usr/bin/env python3
"""The land-cover class of each pixel of a tile: the nearest of the centres that fit.py has found for the scene.

A pixel is valid when all bands are valid there. The distance is Euclidean, in standard deviations of each band. Where two
centres are equally near, the class with the lower number counts. So a pixel's class depends on the pixel alone, and tiles
equal the whole scene.
"""
import json
import os

import numpy as np
from osgeo import gdal

import swath_tile

CLASSES = 6  # as many as output.classes in recipe.yaml
NODATA = 255
COLOURS = ("2b5fa8", "b8b8b8", "d9b77a", "e3dc6a", "8cc261", "2f7d32")  # as in recipe.yaml


def read(scene, x, y, width, height):
    """The physical values of all bands, [bands, height, width], and where all of them are valid."""
    bands = [swath_tile.read(scene.GetRasterBand(number), x, y, width, height) for number in range(1, scene.RasterCount + 1)]
    valid = np.logical_and.reduce([valid for _, valid in bands])
    return np.stack([np.where(valid, values, 0) for values, _ in bands]), valid


def nearest(values, centres):
    """The number of the nearest centre. `values`: [bands, ...], `centres`: [classes, bands], both in standard deviations."""
    best, least = None, None
    for number, centre in enumerate(centres):
        distance = 0.0
        for band, middle in zip(values, centre):  # in this order for every pixel, so the rounding is always the same
            distance = distance + (band - middle) ** 2
        if best is None:
            best, least = np.zeros(distance.shape, np.uint8), distance
        else:
            closer = distance < least
            best[closer], least = number, np.minimum(distance, least)
    return best


def standardized(values, fitted):
    shape = (-1,) + (1,) * (values.ndim - 1)
    return (values - np.reshape(fitted["mean"], shape)) / np.reshape(fitted["deviation"], shape)


def paint(output):
    table = gdal.ColorTable()
    for number, colour in enumerate(COLOURS):
        table.SetColorEntry(number, (*bytes.fromhex(colour), 255))
    table.SetColorEntry(NODATA, (0, 0, 0, 0))
    output.GetRasterBand(1).SetColorTable(table)


def main():
    scene = swath_tile.scene()
    with open(os.environ["SWATH_PREPARED"]) as file:
        fitted = json.load(file)
    with swath_tile.Tile(scene, np.uint8, NODATA, names=["land cover"], describe=paint) as tile:
        for window in tile.strips():
            values, valid = read(scene, *window)
            if valid.any():  # then fit.py has found centres, or there are too few pixels for its samples
                classes = nearest(standardized(values, fitted), fitted["centres"])
                tile.write(np.where(valid, classes, NODATA), window[1])


if __name__ == "__main__":
    main()
