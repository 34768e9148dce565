#!/usr/bin/python3
"""Tests the recipe cloudmask as a job runs it, each rule against a computation of its own: /usr/bin/python3 cloudmask_test.py"""
import importlib.util
import os
import unittest

import numpy as np
from osgeo import gdal

from tasks import RECIPES, Tasks, grid

CLOUDMASK = os.path.join(RECIPES, "cloudmask/cloudmask.py")
SIZE = 700  # more than one strip
CLEAR, SHADOW, HAZE, CLOUD, SNOW = 1, 2, 3, 4, 5


class CloudMask(Tasks):
    profile = "DEFLATE MODE 2"  # as of the recipe

    def mask(self, bands, *planes, tile=SIZE, **scene):
        """The classes of the whole scene, from its tiles, and the name of the band."""
        self.scene(*planes, **scene)
        with open(self.path("bands"), "w") as file:
            file.write(bands + "\n")
        tiles = list(grid(self.width, self.height, tile))
        self.jobs += 1000
        batch = self.batch(CLOUDMASK, tiles, step="cloudmask", token=f"swath-{self.jobs}", attempt=self.jobs)
        self.run_all(batch, tiles)
        self.tiles = tiles
        made = next(path for path in (self.path("tiles/cloudmask", f"{n}.tif") for n in range(len(tiles))) if os.path.exists(path))
        dataset = gdal.Open(made)
        self.name = dataset.GetRasterBand(1).GetDescription()
        return self.stitch(tiles, 1, "cloudmask", 0)[0]

    def random(self, *values, shape=(SIZE, SIZE)):
        return np.random.RandomState(5).choice(values, shape)

    def test_qa_pixel_of_landsat_is_read_by_its_bits(self):
        qa = self.random(*range(0, 256)).astype(np.uint16) | self.random(0, 1 << 8, 3 << 10, 0xAA00).astype(np.uint16)
        made = self.mask("qa_pixel", qa)
        for value in np.unique(qa):
            bits = [value >> n & 1 for n in range(6)]
            expected = (0 if bits[0] else CLOUD if bits[3] or bits[1] else SHADOW if bits[4] else HAZE if bits[2]
                        else SNOW if bits[5] else CLEAR)
            self.assertEqual({expected}, set(made[qa == value]), bin(value))
        self.assertEqual("cloud mask by qa_pixel", self.name)

    def test_beside_the_image_of_a_scene_that_was_put_onto_a_map_there_is_no_data(self):
        spec = importlib.util.spec_from_file_location("cloudmask", CLOUDMASK)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        for of in script.of_qa_pixel, script.of_bqa, script.of_scl:
            made = of(np.array([[-2147483648, 5440 if of is script.of_qa_pixel else 4]], np.int32))  # nodata of the map, clear
            self.assertEqual([0, CLEAR], made[0].tolist())
        nothing = np.full((1, 2), -32768, np.int16)
        nothing[0, 1] = 1
        self.assertEqual([0, CLEAR], script.of_udm2(nothing, *[np.minimum(nothing, 0)] * 5)[0].tolist())

    def test_real_values_of_qa_pixel_have_the_classes_that_usgs_says(self):
        # USGS LSDS-1619, table 6-4: 1 fill, 21824 clear, 21952 water, 22280 cloud, 23888 shadow, 30048 snow, 54596 cirrus.
        values = np.array([[1, 21824, 21952, 22280, 23888, 30048, 54596]], np.uint16)
        self.assertEqual([[0, CLEAR, CLEAR, CLOUD, SHADOW, SNOW, HAZE]], self.mask("qa_pixel", values).tolist())

    def test_bqa_of_landsat_collection_1_has_other_bits(self):
        # USGS LSDS-1873, table 6-4: 1 fill, 2720 clear, 2800 cloud, 2976 shadow, 3744 snow, 6816 cirrus.
        values = np.array([[1, 2720, 2800, 2976, 3744, 6816]], np.uint16)
        self.assertEqual([[0, CLEAR, CLOUD, SHADOW, SNOW, HAZE]], self.mask("bqa", values).tolist())

    def test_scl_of_sentinel_2_is_translated(self):
        scl = self.random(*range(13)).astype(np.uint8)
        expected = np.array([0, 0, CLEAR, SHADOW, CLEAR, CLEAR, CLEAR, CLEAR, CLOUD, CLOUD, HAZE, SNOW, 0])[scl]
        np.testing.assert_array_equal(expected, self.mask("scl", scl))

    def test_udm2_of_planetscope_has_a_band_for_each_class(self):
        planes = [np.random.RandomState(n).randint(0, 2, (300, 300)).astype(np.uint8) for n in range(6)]
        clear, snow, shadow, light, heavy, cloud = (plane == 1 for plane in planes)
        expected = np.select([cloud, shadow, light | heavy, snow, clear], [CLOUD, SHADOW, HAZE, SNOW, CLEAR], 0)
        np.testing.assert_array_equal(expected, self.mask("clear,snow,shadow,light_haze,heavy_haze,cloud", *planes))

    def test_reflectances_are_judged_by_the_tests_of_fmask(self):
        random = np.random.RandomState(3)
        planes = [random.randint(0, 9000, (SIZE, 300)).astype(np.uint16) for _ in range(6)]
        b, g, r, n, s1, s2 = (plane * 1e-4 for plane in planes)
        mean = np.maximum((b + g + r) / 3, 1e-12)
        white = (abs(b - mean) + abs(g - mean) + abs(r - mean)) / mean < 0.7
        seen = white & (b - r / 2 > 0.08) & ((n - r) / np.maximum(n + r, 1e-9) < 0.8)
        ndsi = (g - s1) / np.maximum(g + s1, 1e-9)
        snow = (ndsi > 0.4) & (n > 0.11) & (g > 0.1)
        seen_too = seen & (s2 > 0.03) & (ndsi < 0.8) & (n > 0.75 * s1)
        bright = b > 0.3  # what is not that bright also depends on the line of clear ground
        self.compare(self.mask("blue,green,red,nir,swir16,swir22", *planes, scale=1e-4), planes, seen_too, snow, bright)
        self.assertEqual("cloud mask by spectral", self.name)
        self.compare(self.mask("blue,green,red,nir", *planes[:4], scale=1e-4), planes[:4], seen, np.zeros_like(snow), bright)

    def compare(self, made, planes, seen, snow, bright):
        empty = np.logical_or.reduce([plane == 0 for plane in planes])
        expected = np.where(empty, 0, np.select([snow, seen], [SNOW, CLOUD], CLEAR))
        few = 1e-4  # float32 at a threshold
        self.assertLess(np.mean((made != expected)[bright | ~seen | empty]), few)
        self.assertLess(np.mean(~np.isin(made, (CLOUD, CLEAR, SNOW))[~empty]), few)

    def test_of_reflectances_only_what_is_bluer_than_the_ground_is_cloud(self):
        blue, green, red, nir = np.array(self.ground((400, 400))) * 4 + 600  # reflectance 0.13 to 0.2: all pass Fmask's tests
        cloud = np.zeros(blue.shape, bool)
        cloud[100:200, 100:200] = True
        blue[cloud] += 150  # 0.015 more: a thin cloud
        scene = [np.rint(band).astype(np.uint16) for band in (blue, green, red, nir)]
        made = self.mask("blue,green,red,nir", *scene, scale=1e-4)
        self.assertGreater(np.mean(made[cloud] == CLOUD), 0.99)
        self.assertGreater(np.mean(made[~cloud] == CLEAR), 0.99)

    def ground(self, shape=(SIZE, SIZE)):
        """Stored numbers of fields and soil, where blue is 0.5 red + 120, with noise."""
        random = np.random.RandomState(8)
        red = np.kron(random.randint(100, 500, (shape[0] // 20, shape[1] // 20)), np.ones((20, 20)))
        red = red + random.normal(0, 4, shape)
        blue = 0.5 * red + 120 + random.normal(0, 4, shape)
        return blue, blue * 0.9, red, red * 1.3

    def test_stored_numbers_are_judged_by_the_haze_optimized_transform_without_seams(self):
        bands = np.array(self.ground())
        cloud = np.zeros((SIZE, SIZE), bool)
        cloud[100:260, 300:480] = True
        bands[:, cloud] = np.random.RandomState(1).normal(1500, 60, (4, cloud.sum()))
        bands = np.rint(bands).astype(np.uint16)
        bands[:, :, :20] = 0
        made = self.mask("blue,green,red,nir", *bands)
        self.assertEqual("cloud mask by hot", self.name)
        self.assertEqual({0}, set(np.unique(made[:, :20])))
        self.assertGreater(np.mean(made[cloud] == CLOUD), 0.99)
        self.assertGreater(np.mean(made[:, 20:][~cloud[:, 20:]] == CLEAR), 0.995)
        np.testing.assert_array_equal(made, self.mask("blue,green,red,nir", *bands, tile=512))

    def test_a_clear_scene_of_stored_numbers_stays_clear(self):
        made = self.mask("blue,green,red,nir", *np.rint(self.ground()).astype(np.uint16))
        self.assertGreater(np.mean(made == CLEAR), 0.995)

    def test_the_product_has_classes_in_its_overviews_and_its_colours(self):
        scl = self.random(4, 8, shape=(1100, 1100)).astype(np.uint8)
        self.mask("scl", scl, tile=1100)
        evidence, product, batch = self.assemble("cloudmask", self.tiles, resampling="MODE",
                                                 output={"type": "Byte", "nodata": 0, "bands": 1})
        self.assertEqual("ok", evidence["outcome"])
        self.assertEqual("cloud mask by scl", product["bands"][0]["name"])
        cog = gdal.Open(self.path("tiles/assemble/0.tif"))
        band = cog.GetRasterBand(1)
        self.assertEqual({CLEAR, CLOUD}, set(np.unique(band.GetOverview(0).ReadAsArray())))
        self.assertEqual((255, 255, 255, 255), band.GetColorTable().GetColorEntry(CLOUD))

    def test_a_scene_without_data_is_empty(self):
        self.scene(np.ones((40, 30), np.uint16))
        with open(self.path("bands"), "w") as file:
            file.write("qa_pixel\n")
        self.assertEqual("empty", self.go(self.batch(CLOUDMASK, [(0, 0, 30, 40) * 2], step="cloudmask"))["outcome"])


if __name__ == "__main__":
    unittest.main()
