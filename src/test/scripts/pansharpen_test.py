#!/usr/bin/python3
"""Runs the recipe pansharpen on small scenes and compares it with the formulas, computed for the whole scene at once.

Plain unittest; needs GDAL's Python bindings, as the nodes do: /usr/bin/python3 pansharpen_test.py
"""
import hashlib
import json
import os
import unittest

import numpy as np
from osgeo import gdal, osr

from tasks import RECIPES, Tasks, grid

FOLDER = os.path.join(RECIPES, "pansharpen")
NAMES = ("blue", "green", "red", "nir")


def smooth(random, height, width, scale):
    """Noise without detail below `scale` pixels."""
    y, x = np.mgrid[0:height, 0:width]
    waves = random.uniform(-1, 1, (6, 3))
    return sum(np.cos(2 * np.pi * (a * y + b * x) / scale + 7 * c) for a, b, c in waves) / 6


def keys(distance):
    """R. Keys' kernel, a = -0.5, as the paper writes it."""
    s = np.abs(distance)
    return np.where(s <= 1, 1.5 * s ** 3 - 2.5 * s ** 2 + 1, np.where(s < 2, -0.5 * s ** 3 + 2.5 * s ** 2 - 4 * s + 2, 0))


def enlarging(size, count, scale, shift):
    """The matrix that interpolates `count` fine pixels from `size` coarse ones; the border's pixels are repeated."""
    matrix = np.zeros((count, size))
    for fine in range(count):
        place = (fine + 0.5) * scale + shift - 0.5
        for pixel in range(int(np.floor(place)) - 1, int(np.floor(place)) + 3):
            matrix[fine, min(max(pixel, 0), size - 1)] += keys(place - pixel)
    return matrix


def expected(pan, bands, ratio):
    """GSA for a pan band of whole multiples of the bands' size, without nodata; and its weights."""
    height, width = bands[0].shape
    low = pan.reshape(height, ratio, width, ratio).mean((1, 3)).ravel()
    columns = np.stack([np.ones(low.size), *(band.ravel() for band in bands)], 1).astype(float)
    offset, *weights = np.linalg.lstsq(columns, low, rcond=None)[0]
    model = columns @ [offset, *weights]
    gains = [np.cov(model, band.ravel())[0, 1] / np.var(model, ddof=1) for band in bands]
    down, across = enlarging(height, height * ratio, 1 / ratio, 0), enlarging(width, width * ratio, 1 / ratio, 0)
    large = [down @ band @ across.T for band in bands]
    intensity = offset + sum(weight * band for weight, band in zip(weights, large))
    return [band + gain * (pan - intensity) for band, gain in zip(large, gains)], weights


class Pansharpen(Tasks):
    def write(self, name, array, size, corner, nodata=0):
        path = os.path.join(self.folder, name + ".tif")
        types = {"uint16": gdal.GDT_UInt16, "int16": gdal.GDT_Int16, "float32": gdal.GDT_Float32}
        made = gdal.GetDriverByName("GTiff").Create(path, array.shape[1], array.shape[0], 1, types[array.dtype.name])
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(32633)
        made.SetSpatialRef(reference)
        made.SetGeoTransform((corner[0], size, 0, corner[1], 0, -size))
        made.GetRasterBand(1).WriteArray(array)
        made = None
        return path

    def bundle(self, pan, bands, ratio, shift=0.0, nodata=0, scale=1.0, offset=0.0):
        """A scene of files on two grids, in a scene.vrt as Swath writes it. `shift`: pan's corner, in fine pixels."""
        self.height, self.width = pan.shape
        files = [self.write("pan", pan, 10, (500000 + 10 * shift, 5000000 - 10 * shift))]
        # The files say another place: what planning has found counts.
        files += [self.write(name, band, 10 * ratio, (400000, 6000000)) for name, band in zip(NAMES, bands)]
        place = f'<Metadata domain="SWATH"><MDI key="SOURCE_TRANSFORM">500000.0 {10.0 * ratio} 0.0 5000000.0 0.0 {-10.0 * ratio}</MDI></Metadata>'
        first = gdal.Open(files[0])
        xml = (f'<VRTDataset rasterXSize="{self.width}" rasterYSize="{self.height}"><SRS>{first.GetProjection().replace(chr(34), "&quot;")}</SRS>'
               f'<GeoTransform>{", ".join(map(repr, first.GetGeoTransform()))}</GeoTransform>')
        for number, (path, array) in enumerate(zip(files, (pan, *bands)), 1):
            kind = gdal.GetDataTypeName(gdal.Open(path).GetRasterBand(1).DataType)
            height, width = array.shape
            xml += (f'<VRTRasterBand dataType="{kind}" band="{number}"><Description>{("pan", *NAMES)[number - 1]}</Description>'
                    + (place if number > 1 else "")
                    + (f"<Offset>{offset}</Offset><Scale>{scale}</Scale>" if (scale, offset) != (1, 0) else "")
                    + (f"<NoDataValue>{nodata}</NoDataValue>" if nodata is not None else "")
                    + f'<SimpleSource><SourceFilename relativeToVRT="0">{path.replace(chr(39), "&apos;")}</SourceFilename><SourceBand>1</SourceBand>'
                    f'<SourceProperties RasterXSize="{width}" RasterYSize="{height}" DataType="{kind}" BlockXSize="{width}" BlockYSize="8"/>'
                    f'<SrcRect xOff="0" yOff="0" xSize="{width}" ySize="{height}"/>'
                    f'<DstRect xOff="0" yOff="0" xSize="{self.width}" ySize="{self.height}"/></SimpleSource></VRTRasterBand>')
        with open(self.path("scene.vrt"), "w") as file:
            file.write(xml + "</VRTDataset>")

    def prepare(self):
        whole = [(0, 0, self.width, self.height) * 2]
        evidence = self.go(self.batch(os.path.join(FOLDER, "weights.py"), whole, step="prepare", window="file", token="swath-p1"))
        self.assertEqual("ok", evidence["outcome"], evidence["detail"])
        with open(self.path("tiles/prepare/0"), "rb") as file:
            content = file.read()
        self.assertEqual({"path": "tiles/prepare/0", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()},
                         evidence["output"])
        return evidence, json.loads(content)

    def sharp(self, evidence, size, token="swath-t1", bands=len(NAMES)):
        tiles = list(grid(self.width, self.height, size, 12))
        batch = self.batch(os.path.join(FOLDER, "pansharpen.py"), tiles, step=token, token=token,
                           prepared=evidence["output"]["sha256"])
        self.run_all(batch, tiles)
        return self.stitch(tiles, bands, token, 0)

    def scene_of(self, seed, height, width, ratio, dtype=np.uint16):
        """Fine bands with detail, a pan band that is their sum, and the bands as the coarse sensor sees them."""
        random = np.random.RandomState(seed)
        detail = 300 * smooth(random, height * ratio, width * ratio, 3 * ratio) + 200 * smooth(random, height * ratio, width * ratio, 9)
        fine = [1500 + 400 * k + (k + 1) * detail + 400 * smooth(random, height * ratio, width * ratio, 60) for k in range(len(NAMES))]
        pan = 100 + sum(weight * band for weight, band in zip((0.1, 0.4, 0.4, 0.05), fine))
        coarse = [band.reshape(height, ratio, width, ratio).mean((1, 3)) for band in fine]
        kind = lambda array: np.rint(array).astype(dtype) if np.dtype(dtype).kind in "iu" else array.astype(dtype)
        return kind(pan), [kind(band) for band in coarse], fine

    def test_the_sharp_bands_are_those_of_the_formulas_and_closer_to_the_truth_than_enlarged_ones(self):
        pan, bands, fine = self.scene_of(1, 40, 50, 4)
        self.bundle(pan, bands, 4)
        evidence, statistics = self.prepare()
        right, weights = expected(pan.astype(float), [band.astype(float) for band in bands], 4)
        np.testing.assert_allclose(statistics["weights"], weights, rtol=1e-6, atol=1e-7)
        self.assertEqual(2000, statistics["pixels"])
        self.assertIn("pan from the bands: blue ", evidence["note"])
        sharp = self.sharp(evidence, 64)
        for number, band in enumerate(right):
            self.assertLessEqual(np.abs(sharp[number] - band).max(), 0.5 + 1e-6)
            large = enlarging(40, 160, 0.25, 0) @ bands[number] @ enlarging(50, 200, 0.25, 0).T
            error = lambda values: np.sqrt(np.mean((values - fine[number]) ** 2))
            self.assertLess(error(sharp[number]), 0.5 * error(large))

    def test_tiles_equal_the_whole_scene_bit_for_bit(self):
        pan, bands, _ = self.scene_of(2, 30, 41, 4, np.float32)
        for array, y, x in ((pan, 50, 60), (bands[1], 11, 7), (bands[3], 29, 40)):
            array[y:y + 2, x:x + 3] = -9999
        self.bundle(pan, bands, 4, nodata=-9999)
        evidence, _ = self.prepare()
        whole = self.sharp(evidence, 1000, "swath-whole")
        for number, size in enumerate((16, 37, 64)):
            np.testing.assert_array_equal(self.sharp(evidence, size, f"swath-t{number}"), whole)

    def test_a_pan_band_of_2n_minus_1_pixels_is_placed_by_its_corner(self):
        y, x = np.mgrid[0:24, 0:31]
        bands = [(1000 + 40 * k + 32 * x + 16 * y).astype(np.uint16) for k in range(4)]
        fine_y, fine_x = np.mgrid[0:47, 0:61]
        pan = (1060 + 16 * fine_x + 8 * fine_y).astype(np.uint16)  # its first pixel has the center of the first coarse one
        self.bundle(pan, bands, 2, shift=0.5)
        evidence, statistics = self.prepare()
        self.assertEqual((22 * 29, 1.0), (statistics["pixels"], round(statistics["r2"], 9)))
        sharp = self.sharp(evidence, 32)
        inside = (slice(2, -2), slice(2, -2))  # cubic convolution repeats the border's pixels
        for number in range(4):
            np.testing.assert_array_equal(sharp[number][inside], (1000 + 40 * number + 16 * fine_x + 8 * fine_y)[inside])

    def test_pixels_without_data_in_any_band_have_none_and_dark_pixels_keep_some(self):
        pan, bands, _ = self.scene_of(3, 20, 20, 4)
        pan[:, :8], bands[2][10, 10] = 0, 0
        pan[40:44, 60:64], bands[1][0, 19] = 1, 1  # far below their bands: sharpened below zero
        self.bundle(pan, bands, 4, scale=0.0001, offset=-0.1)
        evidence, statistics = self.prepare()
        self.assertEqual(20 * 18 - 1, statistics["pixels"])
        sharp = self.sharp(evidence, 40)
        known = np.ones((80, 80), bool)
        known[:, :8] = known[40:44, 40:44] = False
        for band in sharp:
            np.testing.assert_array_equal(band != 0, known)
        made = gdal.Open(self.path("tiles/swath-t1/0.tif"))
        for number, name in enumerate(NAMES, 1):
            band = made.GetRasterBand(number)
            self.assertEqual((name, 0, 0.0001, -0.1, "UInt16"), (band.GetDescription(), band.GetNoDataValue(), band.GetScale(),
                                                             band.GetOffset(), gdal.GetDataTypeName(band.DataType)))
        self.assertEqual((500000.0, 10.0, 0.0, 5000000.0, 0.0, -10.0), made.GetGeoTransform())

    def test_no_band_has_a_weight_below_zero(self):
        pan, bands, fine = self.scene_of(5, 30, 30, 4)
        pan = np.rint(3000 + 0.5 * fine[1] + 0.4 * fine[2] - 0.3 * fine[3]).astype(np.uint16)
        self.bundle(pan, bands, 4)
        _, statistics = self.prepare()
        self.assertEqual(0, statistics["weights"][3])
        self.assertGreaterEqual(min(statistics["weights"]), 0)
        used = [number for number, weight in enumerate(statistics["weights"]) if weight > 0]
        _, weights = expected(pan.astype(float), [bands[number].astype(float) for number in used], 4)
        np.testing.assert_allclose([statistics["weights"][number] for number in used], weights, rtol=1e-6)

    def test_bands_that_are_as_fine_as_pan_are_an_error_that_says_so(self):
        pan, _, _ = self.scene_of(4, 10, 10, 4)
        self.bundle(pan, [pan] * 4, 1)
        whole = [(0, 0, self.width, self.height) * 2]
        evidence = self.go(self.batch(os.path.join(FOLDER, "weights.py"), whole, step="prepare", window="file", token="swath-p1"))
        self.assertEqual("exit", evidence["outcome"])
        self.assertIn("it is not finer, so there is nothing to sharpen with", evidence["detail"])


if __name__ == "__main__":
    unittest.main()
