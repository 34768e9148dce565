#!/usr/bin/python3
"""Runs the recipe mosaic on small parts and compares it with the formula, computed for the whole scene at once.

Plain unittest; needs GDAL's Python bindings, as the nodes do: /usr/bin/python3 mosaic_test.py
"""
import os
import shutil
import unittest

import numpy as np
from osgeo import gdal, osr

from tasks import RECIPES, Tasks, grid

NAMES = ("red", "nir")
FEATHER = 64


class Part:
    """Reflectances in a rectangle, stored as the sensor's product has them. nan: no data."""

    def __init__(self, x, y, bands, dtype=np.uint16, scale=1.0, offset=0.0, nodata=0):
        self.x, self.y, self.dtype, self.scale, self.offset, self.nodata = x, y, dtype, scale, offset, nodata
        self.height, self.width = bands[0].shape
        hidden = np.isnan(bands[0]) | np.isnan(bands[1])
        self.stored = []
        for band in bands:
            numbers = (np.where(np.isnan(band), 0, band) - offset) / scale
            numbers = np.rint(numbers) if np.issubdtype(dtype, np.integer) else numbers
            self.stored.append(np.where(np.isnan(band), nodata or 0, numbers).astype(dtype))
        self.valid = ~hidden
        self.values = [numbers.astype(float) * scale + offset for numbers in self.stored]

    def distance(self):
        """To the border: half a pixel less than to the centre of the nearest pixel without data, by the definition."""
        outside = np.pad(~self.valid, 1, constant_values=True)
        y, x = np.nonzero(outside)
        rows, columns = np.mgrid[1:self.height + 1, 1:self.width + 1]
        nearest = np.full((self.height, self.width), np.inf)
        for at in range(0, len(y), 64):
            square = (rows[..., None] - y[at:at + 64]) ** 2 + (columns[..., None] - x[at:at + 64]) ** 2
            nearest = np.minimum(nearest, square.min(-1))
        return np.sqrt(nearest) - 0.5


def expected(parts, width, height):
    """The weighted mean as mosaic.py's text has it."""
    distances, values = np.zeros((len(parts), height, width)), np.zeros((len(parts), 2, height, width))
    for index, part in enumerate(parts):
        place = np.s_[part.y:part.y + part.height, part.x:part.x + part.width]
        distances[(index, *place)] = np.where(part.valid, part.distance(), 0)
        values[(index, slice(None), *place)] = np.where(part.valid, part.values, 0)
    weights = np.maximum(0, distances - np.maximum(0, distances.max(0) - FEATHER))
    with np.errstate(invalid="ignore"):
        return np.where(weights.sum(0) > 0, (weights[:, None] * values).sum(0) / weights.sum(0), -9999)


class Mosaic(Tasks):
    def bundle(self, parts, width, height):
        """A scene.vrt of the parts as Swath writes it."""
        self.width, self.height = width, height
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(32633)
        xml = (f'<VRTDataset rasterXSize="{width}" rasterYSize="{height}"><SRS>{reference.ExportToWkt().replace(chr(34), "&quot;")}'
               '</SRS><GeoTransform>500000, 10, 0, 5000000, 0, -10</GeoTransform>')
        number = 0
        for index, part in enumerate(parts):
            for name, stored in zip(NAMES, part.stored):
                number += 1
                path = os.path.join(self.folder, f"part {index} {name}.tif")
                kind = gdal.GDT_Float32 if part.dtype == np.float32 else gdal.GDT_UInt16
                made = gdal.GetDriverByName("GTiff").Create(path, part.width, part.height, 1, kind)
                made.GetRasterBand(1).WriteArray(stored)
                made = None
                kind = gdal.GetDataTypeName(kind)
                xml += (f'<VRTRasterBand dataType="{kind}" band="{number}"><Description>{name}</Description>'
                        + (f"<Offset>{part.offset}</Offset><Scale>{part.scale}</Scale>" if (part.scale, part.offset) != (1, 0) else "")
                        + (f"<NoDataValue>{part.nodata}</NoDataValue>" if part.nodata is not None else "")
                        + f'<SimpleSource><SourceFilename relativeToVRT="0">{path.replace(chr(39), "&apos;")}</SourceFilename><SourceBand>1</SourceBand>'
                        f'<SrcRect xOff="0" yOff="0" xSize="{part.width}" ySize="{part.height}"/>'
                        f'<DstRect xOff="{part.x}" yOff="{part.y}" xSize="{part.width}" ySize="{part.height}"/></SimpleSource></VRTRasterBand>')
        with open(self.path("scene.vrt"), "w") as file:
            file.write(xml + "</VRTDataset>")
        with open(self.path("bands"), "w") as file:
            file.write(",".join(NAMES) + "\n")

    def recipe(self, **constants):
        """A copy of the recipe's scripts, with other constants."""
        folder = os.path.join(self.folder, "recipe")
        shutil.copytree(os.path.join(RECIPES, "mosaic"), folder, dirs_exist_ok=True)
        with open(os.path.join(folder, "distances.py")) as file:
            script = file.read()
        for name, value in constants.items():
            self.assertEqual(1, script.count(f"\n{name} = "))
            script = script.replace(f"\n{name} = ", f"\n{name} = {value} or ")
        with open(os.path.join(folder, "distances.py"), "w") as file:
            file.write(script)
        return folder

    def prepare(self, folder, attempt=1):
        whole = [(0, 0, self.width, self.height) * 2]
        shutil.rmtree(self.path("tiles/prepare"), ignore_errors=True)  # of the parts in another order
        evidence = self.go(self.batch(os.path.join(folder, "distances.py"), whole, step="prepare", window="file",
                                      token=f"swath-p{attempt}", attempt=attempt))
        self.assertEqual("ok", evidence["outcome"], evidence["detail"])
        return evidence

    def mosaic(self, folder, evidence, size, token):
        tiles = list(grid(self.width, self.height, size))
        batch = self.batch(os.path.join(folder, "mosaic.py"), tiles, step=token, token=token, prepared=evidence["output"]["sha256"])
        outcomes = self.run_all(batch, tiles)
        return self.stitch(tiles, len(NAMES), token, -9999.0), outcomes

    def three_parts(self):
        """Of three sensors, with other numbers for the same reflectance; the third has a hole, and none covers a corner."""
        random = np.random.RandomState(5)
        first, second, third = ([random.uniform(0.01, 0.6, shape) for _ in NAMES] for shape in ((210, 260), (200, 240), (150, 300)))
        first[0][random.uniform(size=first[0].shape) < 0.01] = np.nan  # invalid in one band alone
        third[0][40:90, 100:140] = np.nan
        third[1][40:90, 100:140] = np.nan
        return [Part(0, 0, first, scale=0.0001, offset=-0.1), Part(170, 30, second, np.float32, nodata=-1),
                Part(60, 130, third, scale=2.75e-5, offset=-0.2)], 500, 280

    def test_tiles_equal_the_whole_and_the_formula_in_any_order_of_the_parts(self):
        parts, width, height = self.three_parts()
        self.bundle(parts, width, height)
        folder = self.recipe()
        evidence = self.prepare(folder)
        self.assertEqual("3 parts, distances in cells of 1 pixels, transition of 64 pixels", evidence["note"].strip())
        whole, _ = self.mosaic(folder, evidence, 512, "swath-t1")
        right = expected(parts, width, height)
        np.testing.assert_array_equal(right == -9999, whole == -9999)
        # GDAL's distances are approximate where several pixels are about equally near: at specks.
        self.assertLess(np.quantile(np.abs(right - whole), 0.99), 1e-6)
        self.assertLess(np.abs(right - whole).max(), 0.01)
        tiled, outcomes = self.mosaic(folder, evidence, 160, "swath-t2")
        np.testing.assert_array_equal(whole, tiled)
        self.assertIn("empty", outcomes)
        self.bundle(parts[::-1], width, height)
        other, _ = self.mosaic(folder, self.prepare(folder, 2), 250, "swath-t3")
        np.testing.assert_array_equal(whole, other)

    def test_with_coarse_distances_tiles_equal_the_whole_and_there_are_no_seams(self):
        flat = [Part(0, 0, [np.full((200, 250), 0.2)] * 2, scale=0.0001, offset=-0.1),
                Part(130, 20, [np.full((200, 250), 0.4)] * 2, scale=2.75e-5, offset=-0.2, nodata=None)]
        self.bundle(flat, 380, 220)
        folder = self.recipe(MOST_CELLS=3000)
        evidence = self.prepare(folder)
        self.assertIn("in cells of 8 pixels", evidence["note"])
        whole, _ = self.mosaic(folder, evidence, 512, "swath-t1")
        tiled, _ = self.mosaic(folder, evidence, 112, "swath-t2")
        np.testing.assert_array_equal(whole, tiled)
        inside = whole[0, 60:160]  # away from the points where the two borders cross
        self.assertLess(np.abs(np.diff(inside[:, 10:370], axis=1)).max(), 0.2 * 3 / FEATHER)
        np.testing.assert_allclose(inside[:, :126], 0.2, atol=1e-5)
        np.testing.assert_allclose(inside[:, 256:], 0.4, atol=2e-5)
        self.assertTrue((whole[:, :20, 250:] == -9999).all() and (whole[:, 200:, :130] == -9999).all())

    def test_equal_reflectances_of_different_numbers_stay_equal(self):
        ramp = np.add.outer(np.arange(160) * 1e-3, np.arange(300) * 1e-3) + 0.01
        parts = [Part(0, 0, [ramp[:, :200]] * 2, scale=0.0001, offset=-0.1), Part(100, 0, [ramp[:, 100:]] * 2, np.float32, nodata=None)]
        self.bundle(parts, 300, 160)
        folder = self.recipe()
        whole, _ = self.mosaic(folder, self.prepare(folder), 128, "swath-t1")
        np.testing.assert_allclose(whole[0], ramp, atol=6e-5)  # half a step of the first part's numbers
        tile = gdal.Open(self.path("tiles/swath-t1/0.tif"))
        self.assertEqual(("red", -9999), (tile.GetRasterBand(1).GetDescription(), tile.GetRasterBand(1).GetNoDataValue()))


if __name__ == "__main__":
    unittest.main()
