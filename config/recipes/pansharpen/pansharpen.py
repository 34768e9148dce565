#!/usr/bin/env python3
"""Pansharpening of one tile by GSA: sharp = ms + gain * (pan - intensity), for each multispectral band ms.

intensity = offset + the weighted sum of the multispectral bands, which imitates what the panchromatic band would see
at the coarse resolution. Weights, offset and gains are those of the whole scene, from weights.py. Method: B. Aiazzi,
S. Baronti, M. Selva, "Improving Component Substitution Pansharpening Through Multivariate Regression of MS+Pan Data",
IEEE Transactions on Geoscience and Remote Sensing 45(10), 2007.

The bands' scale and offset are not applied: as the regression has an offset, the result is the same with and without
them. So the output has the numbers, scale, offset, type and nodata of the scene's multispectral bands.

Band 1 of the scene is pan, the others are multispectral. scene.vrt repeats their coarse pixels, which moves them by up
to half a fine pixel where pan has 2n - 1 pixels for n (Landsat). So they are read from their own files, on their own
grid, and interpolated with R. Keys' cubic convolution (IEEE Transactions on Acoustics, Speech, and Signal Processing
29(6), 1981; a = -0.5). Its weights depend only on the pixel's place in the scene and its sums have a fixed order, so
tiles equal the whole scene bit for bit.
"""
import json
import os
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
from osgeo import gdal

import swath_tile

sys.dont_write_bytecode = True  # jobs may not write to this folder


class Coarse:
    """A multispectral band in its own file. Pixel x of the scene lies at x * scale_x + shift_x there, and so for y."""

    def __init__(self, scene, number):
        described = scene.GetRasterBand(number)
        vrt = ElementTree.parse(os.environ["SWATH_INPUT"]).getroot()
        source = next(part for part in vrt.find(f"VRTRasterBand[@band='{number}']") if part.tag.endswith("Source"))
        self.name = described.GetDescription() or f"band {number}"
        if source.find("LUT") is not None:
            sys.exit(f"{self.name} has signed bytes, which pansharpen cannot read: convert the file to Int16 first")
        self.file = gdal.OpenEx(source.findtext("SourceFilename"), gdal.OF_RASTER, allowed_drivers=["GTiff", "JP2OpenJPEG"])
        self.band = self.file.GetRasterBand(int(source.findtext("SourceBand")))
        self.nodata = described.GetNoDataValue()
        # Where the file's pixels lie, as planning has found it: the file itself may have no place, or another one.
        found = described.GetMetadataItem("SOURCE_TRANSFORM", "SWATH")
        fine, own = scene.GetGeoTransform(can_return_null=True), found and tuple(map(float, found.split()))
        self.scale_x, self.scale_y = self.file.RasterXSize / scene.RasterXSize, self.file.RasterYSize / scene.RasterYSize
        self.shift_x = self.shift_y = 0.0
        if fine and own:  # else the files cover the same extent
            inverse = gdal.InvGeoTransform(own)
            self.shift_x, self.shift_y = gdal.ApplyGeoTransform(inverse, fine[0], fine[3])
            right, below = (gdal.ApplyGeoTransform(inverse, *gdal.ApplyGeoTransform(fine, *corner)) for corner in (
                (scene.RasterXSize, 0), (0, scene.RasterYSize)))
            self.scale_x = (right[0] - self.shift_x) / scene.RasterXSize
            self.scale_y = (below[1] - self.shift_y) / scene.RasterYSize
            if max(abs(right[1] - self.shift_y), abs(below[0] - self.shift_x)) > 0.5:
                sys.exit(f"{self.name} is rotated against the panchromatic band: bring both onto grids of one direction")

    @property
    def grid(self):
        return (self.file.RasterXSize, self.file.RasterYSize, round(self.shift_x, 3), round(self.shift_y, 3))

    def read(self, x, y, width, height):
        """The stored numbers as float64, and which of them are valid."""
        values = self.band.ReadAsArray(x, y, width, height)
        return values.astype(np.float64), valid(values, self.nodata)


def valid(values, nodata):
    finite = np.isfinite(values) if values.dtype.kind == "f" else np.ones(values.shape, bool)
    return finite if nodata is None else finite & (values != values.dtype.type(nodata) if nodata == nodata else finite)


def open_scene():
    """The scene, its panchromatic band and its multispectral bands."""
    scene = swath_tile.scene()
    return scene, scene.GetRasterBand(1), [Coarse(scene, number) for number in range(2, scene.RasterCount + 1)]


def taps(first, count, scale, shift, size):
    """For fine pixels along one axis: the four coarse pixels around each, their weights, and the one that contains it."""
    place = (np.arange(first, first + count) + 0.5) * scale + shift
    left = np.floor(place - 0.5)
    t = place - 0.5 - left
    weights = (((-0.5 * t + 1) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1, ((-1.5 * t + 2) * t + 0.5) * t, (0.5 * t - 0.5) * t * t)
    inside = lambda pixels: np.clip(pixels, 0, size - 1).astype(int)  # the border's pixels are repeated
    return [inside(left + k) for k in (-1, 0, 1, 2)], weights, inside(np.floor(place))


def enlarge(coarse, x, y, width, height):
    """The band's values at the fine pixels of a window, and where the coarse pixel there is valid.

    Where one of the 16 coarse pixels around is invalid, the value is that of the coarse pixel itself."""
    columns, across, column = taps(x, width, coarse.scale_x, coarse.shift_x, coarse.file.RasterXSize)
    rows, down, row = taps(y, height, coarse.scale_y, coarse.shift_y, coarse.file.RasterYSize)
    left, top = columns[0].min(), rows[0].min()
    values, known = coarse.read(int(left), int(top), int(columns[3].max() - left + 1), int(rows[3].max() - top + 1))
    values[~known] = 0
    sums, missing = 0.0, 0
    for index, weight in zip(rows, down):
        sums = sums + weight[:, None] * values[index - top]
        missing = missing + ~known[index - top]
    smooth, gaps = 0.0, 0
    for index, weight in zip(columns, across):
        smooth = smooth + weight * sums[:, index - left]
        gaps = gaps + missing[:, index - left]
    place = np.ix_(row - top, column - left)
    return np.where(gaps == 0, smooth, values[place]), known[place]


def sharpen(pan, bands, statistics):
    """The sharp bands, from arrays of the same shape."""
    intensity = statistics["offset"]
    for band, weight in zip(bands, statistics["weights"]):
        intensity = intensity + weight * band
    detail = pan - intensity
    return [band + gain * detail for band, gain in zip(bands, statistics["gains"])]


def stored(values, known, dtype, nodata):
    """The values in the scene's own type. No valid pixel gets the value of nodata."""
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        values = np.clip(np.rint(values), limits.min, limits.max)
        if nodata is not None:
            values = np.where(values == nodata, nodata + 1 if nodata < limits.max else nodata - 1, values)
            # Below a nodata at the lower end of the data, such as 0, there are no values: dark pixels stay above it.
            values = np.maximum(values, nodata + 1) if nodata in (0, limits.min) else values
    return np.where(known, values, 0 if nodata is None else nodata).astype(dtype)


def describe(output, scene, bands):
    colours = {"red": gdal.GCI_RedBand, "green": gdal.GCI_GreenBand, "blue": gdal.GCI_BlueBand}
    for number, coarse in enumerate(bands, 1):
        band, described = output.GetRasterBand(number), scene.GetRasterBand(number + 1)
        band.SetColorInterpretation(colours.get(coarse.name, gdal.GCI_Undefined))
        band.SetScale(described.GetScale() or 1.0)
        band.SetOffset(described.GetOffset() or 0.0)
        band.SetUnitType(described.GetUnitType())


def main():
    scene, pan, bands = open_scene()
    with open(os.environ["SWATH_PREPARED"]) as file:
        statistics = json.load(file)
    nodata = next((coarse.nodata for coarse in bands if coarse.nodata is not None), None)
    nodata = 0 if nodata is None and pan.GetNoDataValue() is not None else nodata
    dtype = bands[0].band.ReadAsArray(0, 0, 1, 1).dtype
    with swath_tile.Tile(scene, dtype, nodata, names=[coarse.name for coarse in bands],
                         describe=lambda output: describe(output, scene, bands)) as tile:
        for x, y, width, rows in tile.strips():
            fine = pan.ReadAsArray(x, y, width, rows)
            known, enlarged = valid(fine, pan.GetNoDataValue()), []
            for coarse in bands:
                values, there = enlarge(coarse, x, y, width, rows)
                enlarged.append(values)
                known = known & there
            sharp = sharpen(fine.astype(np.float64), enlarged, statistics)
            tile.write([stored(values, known, dtype, nodata) for values in sharp], y)


if __name__ == "__main__":
    main()
