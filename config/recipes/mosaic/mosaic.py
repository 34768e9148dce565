#!/usr/bin/env python3
"""One tile of a mosaic of several scenes (parts) on one grid.

SWATH_INPUT has the bands of the first part, then those of the second, and so on. Scale and offset of each part are
applied first, so that all parts are reflectances (or what their values are). Then each pixel is a weighted mean of the
parts that are valid there. The weight of a part follows from d, the distance to the border of that part's data:

    weight = max(0, d - max(0, largest d of all parts - FEATHER))

So the part whose border is farthest away wins. The cut line is where two distances are equal; on both sides of it the
parts are mixed, and at its own border each part has the weight 0. (The distance as a weight is feathering; see
R. Szeliski, "Image Alignment and Stitching", Foundations and Trends in Computer Graphics and Vision 2(1), 2006, 6.2.)

The distances are those of the whole parts, from distances.py, so tiles have no seams and equal the whole bit for bit.
The order of the parts changes no pixel.
"""
import os
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
from osgeo import gdal

import swath_tile

sys.dont_write_bytecode = True  # jobs may not write to this folder
FEATHER = 64  # pixels: the parts are mixed where their distances differ by less
NODATA = -9999


class Part:
    """One of the scenes: its bands, and its rectangle in the mosaic."""

    def __init__(self, scene, vrt, numbers):
        self.bands = [scene.GetRasterBand(number) for number in numbers]
        place = vrt.find(f"VRTRasterBand[@band='{numbers[0]}']/*/DstRect")
        self.x, self.y, self.width, self.height = (int(place.get(name)) for name in ("xOff", "yOff", "xSize", "ySize"))

    def overlap(self, x, y, width, height):
        """The part's own share of a window; its width or height is below 1 when there is none."""
        left, top = max(x, self.x), max(y, self.y)
        return left, top, min(x + width, self.x + self.width) - left, min(y + height, self.y + self.height) - top

    def valid(self, x, y, width, height):
        """Where all bands have a value. A pixel without data in one band has none in all."""
        valid = np.ones((height, width), bool)
        for band in self.bands:
            valid &= band.GetMaskBand().ReadAsArray(x, y, width, height) != 0
            if band.DataType in (gdal.GDT_Float32, gdal.GDT_Float64):
                valid &= np.isfinite(band.ReadAsArray(x, y, width, height))
        return valid

    def values(self, band, x, y, width, height):
        scale, offset = band.GetScale(), band.GetOffset()
        stored = band.ReadAsArray(x, y, width, height).astype(np.float64)
        return stored * (1 if scale is None else scale) + (offset or 0)


def open_parts():
    """The scene, and its parts."""
    scene = swath_tile.scene()
    vrt = ElementTree.parse(os.environ["SWATH_INPUT"]).getroot()
    count = len(os.environ["SWATH_BANDS"].split(","))  # of one part
    return scene, [Part(scene, vrt, range(first, first + count)) for first in range(1, scene.RasterCount + 1, count)]


def interpolate(distances, cell, x, y, width, height):
    """The distances at the pixels of a window, which is relative to the part. Cell (1, 1) is the part's first one."""
    def taps(first, count, size):
        place = (np.arange(first, first + count) + 0.5) / cell + 0.5  # in cells, from the centre of cell 0
        left = np.minimum(place.astype(int), size - 2)
        return left, place - left
    (column, right), (row, down) = taps(x, width, distances.shape[1]), taps(y, height, distances.shape[0])
    top, bottom = distances[row].astype(np.float64), distances[row + 1].astype(np.float64)
    rows = top + (bottom - top) * down[:, None]
    return np.maximum(rows[:, column] + (rows[:, column + 1] - rows[:, column]) * right, 0)


def total(parts):
    """The sum of arrays, which does not depend on their order: numbers are added from the smallest to the largest."""
    return np.sort(np.stack(parts), axis=0).sum(axis=0)


def mix(parts, distances, cell, x, y, width, height):
    """The mosaic's bands in a window; None when no part has a value there."""
    found = []  # of each part that the window shows: validity and distance in the whole window, and its share of it
    for number, part in enumerate(parts):
        left, top, columns, rows = share = part.overlap(x, y, width, height)
        if columns < 1 or rows < 1:
            continue
        valid, distance = np.zeros((height, width), bool), np.zeros((height, width))
        place = np.s_[top - y:top - y + rows, left - x:left - x + columns]
        valid[place] = part.valid(*share)
        distance[place] = interpolate(distances[number], cell, left - part.x, top - part.y, columns, rows)
        if valid.any():
            found.append((part, share, place, valid, np.where(valid, distance, 0)))
    if not found:
        return None
    floor = np.maximum(np.max([distance for *_, distance in found], axis=0) - FEATHER, 0)
    weights = [np.maximum(distance - floor, 0) for *_, distance in found]
    nowhere = total(weights) == 0  # at the very border of all parts
    weights = [np.where(nowhere, valid, weight) for weight, (*_, valid, _) in zip(weights, found)]
    sums = total(weights)
    known = sums > 0
    bands = []
    for number in range(len(parts[0].bands)):
        products = []
        for (part, share, place, valid, _), weight in zip(found, weights):
            product = np.zeros((height, width))
            values = np.where(valid[place], part.values(part.bands[number], *share), 0)
            product[place] = values * weight[place]
            products.append(product)
        bands.append(np.where(known, total(products) / np.where(known, sums, 1), NODATA).astype(np.float32))
    return bands


def describe(output, bands):
    colours = {"red": gdal.GCI_RedBand, "green": gdal.GCI_GreenBand, "blue": gdal.GCI_BlueBand}
    for number, source in enumerate(bands, 1):
        band = output.GetRasterBand(number)
        band.SetColorInterpretation(colours.get(source.GetDescription(), gdal.GCI_Undefined))
        band.SetUnitType(source.GetUnitType())


def main():
    scene, parts = open_parts()
    bands = parts[0].bands
    with np.load(os.environ["SWATH_PREPARED"], allow_pickle=False) as prepared:
        cell, distances = int(prepared["cell"]), [prepared[f"part{number}"] for number in range(len(parts))]
    with swath_tile.Tile(scene, np.float32, NODATA, names=[band.GetDescription() for band in bands],
                         describe=lambda output: describe(output, bands)) as tile:
        for window in tile.strips():
            mixed = mix(parts, distances, cell, *window)
            if mixed is not None:
                tile.write(mixed, window[1])


if __name__ == "__main__":
    main()
