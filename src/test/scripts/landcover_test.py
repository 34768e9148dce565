#!/usr/bin/python3
"""The recipe landcover with tiny models of its own, held against numpy and against the model run on the whole scene.

Plain unittest; needs GDAL's Python bindings and python3-opencv: /usr/bin/python3 landcover_test.py
"""
import hashlib
import os
import sys
import unittest

import numpy as np
from osgeo import gdal, ogr

from tasks import RECIPES, Tasks, grid
from tiny_onnx import Net

FOLDER = os.path.join(RECIPES, "landcover")
sys.path.insert(0, FOLDER)
import landcover  # noqa: E402
import onnxgraph  # noqa: E402
import providers  # noqa: E402

CLASSES = [{"value": 0, "name": "water", "color": "0000ff"}, {"value": 1, "name": "林地's", "color": "00ff00"},
           {"value": 2, "name": "bare", "color": ""}]


def strided(classes=3):
    return Net(2).conv(4, 3).add("Relu").conv(6, 4, stride=2).add("Tanh").conv(6, 3, dilation=2).enlarge().conv(classes, 1).softmax()


def whole_image(classes=3):
    """Each pixel's result depends on the mean of the window."""
    net = Net(2).conv(classes, 3)
    features = net.now
    net.add("GlobalAveragePool").add("Add", features)
    return net.softmax()


class Landcover(Tasks):
    def setUp(self):
        super().setUp()
        self.addCleanup(setattr, landcover, "CORE", landcover.CORE)
        landcover.CORE = 64

    def net(self, net, name="tiny.onnx"):
        path = net.write(os.path.join(self.folder, name))
        return path, onnxgraph.read(path)

    def values(self, width, height, bands=2, seed=3):
        random = np.random.RandomState(seed)
        y, x = np.mgrid[0:height, 0:width]
        return [(500 + 400 * np.sin(x / (9 + n)) + 300 * np.cos(y / 7) + random.randint(0, 900, (height, width))).clip(1).astype(np.uint16)
                for n in range(bands)]

    def opened(self):
        return gdal.Open(self.path("scene.vrt"))

    def tiled(self, net, size):
        path, model = self.net(net)
        scene, whole = self.opened(), None
        for *_, x, y, w, h in grid(self.width, self.height, size):
            total, _, _ = landcover.segment(scene, model, path, x, y, w, h)
            whole = np.zeros((len(total), self.height, self.width), np.float32) if whole is None else whole
            whole[:, y:y + h, x:x + w] = total
        return whole

    def test_the_margin_is_how_far_the_model_sees(self):
        for name, net, radius, stride in (
                ("one", Net(1).conv(2, 1).softmax(), 0, 1), ("3x3", Net(1).conv(4, 3).add("Relu").conv(2, 3).softmax(), 2, 1),
                ("dilated", Net(1).conv(4, 3, dilation=4).conv(2, 5).softmax(), 6, 1),
                ("pool", Net(1).conv(4, 3).add("MaxPool", kernel_shape=[2, 2], strides=[2, 2]).conv(4, 3).enlarge().conv(2, 1).softmax(), 8, 2),
                ("strided", Net(1).conv(4, 4, stride=2).conv(4, 4, stride=2).conv(4, 3).enlarge().enlarge().conv(2, 3).softmax(), 20, 4)):
            with self.subTest(name):
                path, model = self.net(net)
                self.assertEqual((stride, ""), (model.stride, model.reason))
                runner = providers.OpenCv(path, 1)
                image = np.random.RandomState(1).uniform(0, 1, (1, 1, 96, 96)).astype(np.float32)
                before, reach = runner(image).copy(), 0
                for at in range(44, 48):  # every place that a pixel can have in the strides
                    other = image.copy()
                    other[0, 0, at, at] = 50
                    rows, columns = np.nonzero(np.abs(runner(other) - before)[0].max(axis=0))
                    reach = max(reach, np.abs(rows - at).max(), np.abs(columns - at).max())
                self.assertLessEqual(reach, model.margin)
                self.assertLessEqual(model.margin, radius, "no larger than it must be")

    def test_a_model_without_a_limit_says_why(self):
        for net, reason in (
                (whole_image(), "GlobalAveragePool"), (Net(2).conv(3, 3).add("Softmax", axis=3), "Softmax"),
                (Net(2).conv(3, 3).add("ReduceMean", axes=[2, 3]).softmax(), "ReduceMean"),
                (Net(2).conv(3, 3, stride=2).softmax(), "a value for each 2 pixels")):
            model = self.net(net)[1]
            self.assertIsNone(model.margin)
            self.assertIn(reason, model.reason)

    def test_damaged_models_are_errors(self):
        path, _ = self.net(strided())
        with open(path, "rb") as file:
            good = file.read()
        for bad in (b"", b"<html>", good[:len(good) // 2], good[:40], os.urandom(3000)):
            with open(path, "wb") as file:
                file.write(bad)
            with self.assertRaises(ValueError):
                onnxgraph.read(path)

    def test_probabilities_are_those_of_numpy(self):
        net = Net(2).conv(3, 3).softmax()
        red, nir = self.values(150, 90)
        self.scene(red, nir, nodata=0, scale=0.0001, offset=-0.1)
        found = self.tiled(net, 64)
        image = np.stack([(band * 0.0001 - 0.1) * 10000 for band in (red, nir)])
        padded, weights, bias = np.pad(image, ((0, 0), (1, 1), (1, 1))), net.weights["c0"].astype(float), net.weights["c1"].astype(float)
        expected = sum(np.tensordot(weights[:, :, j, i], padded[:, j:j + 90, i:i + 150], 1) for j in range(3) for i in range(3))
        expected += bias[:, None, None]
        expected = np.exp(expected - expected.max(axis=0))
        np.testing.assert_allclose(found, expected / expected.sum(axis=0), atol=1e-3)

    def test_tiles_equal_the_whole_bit_for_bit(self):
        for width, height in ((301, 203), (64, 200), (33, 47)):  # odd sizes, and smaller than a window
            self.scene(*self.values(width, height))
            for net in (strided(), whole_image(), Net(2).conv(2, 5).softmax()):
                path, model = self.net(net)
                whole, valid, _ = landcover.segment(self.opened(), model, path, 0, 0, width, height)
                self.assertTrue(valid.all())
                for size in (128, 100, 37):
                    np.testing.assert_array_equal(whole, self.tiled(net, size))
                if model.margin is not None and width % 2 == height % 2 == 0:  # the model itself, once, on the whole scene
                    image = np.stack(self.values(width, height)).astype(np.float32)[None]
                    np.testing.assert_allclose(whole, providers.OpenCv(path, 1)(image)[0], atol=1e-6)

    def test_a_model_of_one_size_runs_in_windows_of_that_size(self):
        net = Net(2, size=(48, 48)).conv(4, 3).conv(2, 3).softmax()
        free = Net(2).conv(4, 3).conv(2, 3).softmax()  # the same weights
        self.scene(*self.values(130, 70))
        np.testing.assert_allclose(self.tiled(net, 50), self.tiled(free, 130), atol=1e-6)

    def test_blended_probabilities_are_the_weighted_means_of_the_windows(self):
        self.scene(*self.values(250, 96))
        path, model = self.net(whole_image())
        found = self.tiled(whole_image(), 100)
        image, runner = np.stack(self.values(250, 96)).astype(np.float32)[None], providers.OpenCv(path, 1)
        total, weight = np.zeros((3, 96, 250)), np.zeros((96, 250))
        hat = (np.minimum(np.arange(96), 95 - np.arange(96)) + 1) / 96
        for x in (0, 48, 96, 144, 154):  # windows of 96 pixels, half of them each further; the last ends with the scene
            total[:, :, x:x + 96] += runner(np.ascontiguousarray(image[:, :, :, x:x + 96]))[0] * hat[:, None] * hat
            weight[:, x:x + 96] += hat[:, None] * hat
        np.testing.assert_allclose(found, total / weight, atol=1e-5)
        self.assertLess(np.abs(np.diff(weight[0])).max(), 0.03, "no step from window to window")

    def test_a_tile_of_a_map_without_the_pixels_that_the_model_sees_is_an_error(self):
        self.scene(*self.values(200, 150))
        scene, core = self.opened(), (64, 0, 64, 64)

        def require(margin, *window):
            os.environ.update(zip(("SWATH_X", "SWATH_Y", "SWATH_WIDTH", "SWATH_HEIGHT"), map(str, window)), SWATH_WORK=self.work)
            landcover.require_pixels_around(scene, margin, *core)

        require(None, 64, 0, 64, 64)  # the scene is on a map itself: everything can be read
        open(self.path("map.vrt"), "w").close()
        require(8, 56, 0, 80, 72)
        for margin, window in ((9, (56, 0, 80, 72)), (8, (57, 0, 79, 72)), (8, (56, 0, 80, 71)), (None, (0, 0, 199, 150))):
            with self.assertRaisesRegex(SystemExit, "tile.overlap: [89] or more|orthorectified"):
                require(margin, *window)
        require(None, 0, 0, 200, 150)

    # ---- as a job, and through the assembly -----------------------------------------------------------------------

    def job(self, tiles, net, run="landcover.py", sha256=None, margin=""):
        path, _ = self.net(net)
        with open(path, "rb") as file:
            self.model = path, sha256 or hashlib.sha256(file.read()).hexdigest(), margin
        return self.batch(os.path.join(FOLDER, run), tiles, step="landcover")

    def test_the_product_has_classes_colours_polygons_and_what_ran(self):
        red, nir = self.values(300, 200)
        red[:60, :80] = 0  # no data
        self.scene(red, nir)
        tiles = list(grid(300, 200, 128))
        outcomes = self.run_all(self.job(tiles, strided()), tiles)
        self.assertEqual(["ok"] * 6, outcomes)
        made = self.stitch(tiles, 1, "landcover", 255)[0]
        self.assertEqual([0, 1, 2, 255], np.unique(made).tolist())
        np.testing.assert_array_equal(red == 0, made == 255)
        self.assertIn("opencv dnn CPU", self.evidence(self.path("swath-t1"))["note"])
        self.assertIn("margin=10 stride=2", self.evidence(self.path("swath-t1"))["note"])
        evidence, facts, batch = self.assemble(
            "landcover", tiles, {"type": "Byte", "nodata": 255, "bands": 1, "classes": CLASSES}, resampling="MODE", polygons=True,
            model={"model tiny.onnx": "sha256:abc"})
        self.assertEqual("ok", evidence["outcome"], self.log(batch))
        self.assertIn("opencv dnn CPU", facts["software"])
        self.assertEqual("sha256:abc", facts["software"]["model tiny.onnx"])
        self.assertEqual(CLASSES, facts["bands"][0]["classes"])
        cog = gdal.Open(self.path("tiles/assemble/0.tif"))
        np.testing.assert_array_equal(made, cog.ReadAsArray())
        self.assertEqual((0, 255, 0, 255), cog.GetRasterBand(1).GetColorTable().GetColorEntry(1))
        preview = gdal.Open(os.path.join(batch, "product/preview.png")).ReadAsArray()
        self.assertEqual({(0, 0, 255, 255)}, set(map(tuple, preview[:, made == 0].T.tolist())))
        self.assertEqual({0}, set(preview[3, made == 255]))
        self.check_polygons(os.path.join(batch, "product/polygons.gpkg"), made, {0: "water", 1: "林地's", 2: "bare"})
        with open(os.path.join(batch, "product/polygons.gpkg"), "rb") as file:
            self.assertEqual(hashlib.sha256(file.read()).hexdigest(), evidence["output"]["polygons_sha256"])

    def check_polygons(self, path, classes, names):
        """Against a flood fill in plain Python: as many areas of each class, of the same sizes."""
        height, width = classes.shape
        seen, areas = classes == 255, []
        for start in zip(*np.nonzero(~seen)):
            if seen[start]:
                continue
            value, todo, size = classes[start], [start], 0
            seen[start] = True
            while todo:
                y, x = todo.pop()
                size += 1
                for j, i in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
                    if 0 <= j < height and 0 <= i < width and not seen[j, i] and classes[j, i] == value:
                        seen[j, i] = True
                        todo.append((j, i))
            areas.append((int(value), names[value], size * 100))
        source = ogr.Open(path)
        layer = source.GetLayer(0)
        self.assertEqual("32633", layer.GetSpatialRef().GetAuthorityCode(None))
        found = [(f["class"], f["name"], round(f.geometry().Area())) for f in layer]
        self.assertEqual(sorted(areas), sorted(found))

    def test_probabilities_come_on_request(self):
        self.scene(*self.values(100, 80))
        tiles = list(grid(100, 80, 64))
        self.run_all(self.job(tiles, strided(), "probabilities.py"), tiles)
        found = self.stitch(tiles, 3, "landcover", -1.0)
        np.testing.assert_allclose(found.sum(axis=0), 1, atol=1e-5)
        np.testing.assert_array_equal(self.tiled(strided(), 100).astype(np.float64), found)

    def test_a_tile_without_a_valid_pixel_is_empty_and_runs_no_model(self):
        red, nir = self.values(100, 80)
        self.scene(red * 0, nir)
        evidence = self.go(self.job(list(grid(100, 80, 100)), strided()))
        self.assertEqual(("empty", ""), (evidence["outcome"], evidence["note"]))

    def test_a_model_that_was_changed_is_not_used(self):
        self.scene(*self.values(50, 50))
        evidence = self.go(self.job([(0, 0, 50, 50) * 2], strided(), sha256="0" * 64))
        self.assertEqual(("input-changed", 65), (evidence["outcome"], evidence["exit"]))
        self.assertRegex(evidence["detail"], "tiny.onnx was changed.*Put it back, then ./swath retry S1")

    def test_a_node_that_cannot_read_the_model_is_the_nodes_fault(self):
        self.scene(*self.values(50, 50))
        batch = self.job([(0, 0, 50, 50) * 2], strided())
        os.remove(self.model[0])
        self.assertEqual(74, self.start(batch).wait(60))
        self.assertIn("cannot read the model", self.log(batch))

    def test_a_model_of_other_bands_fails_with_the_reason(self):
        self.scene(*self.values(50, 50, bands=3))
        evidence = self.go(self.job([(0, 0, 50, 50) * 2], strided()))
        self.assertEqual("exit", evidence["outcome"])
        self.assertIn("the model takes 2 bands, and the recipe's accepts.bands lists 3", evidence["detail"])

    def test_a_declared_margin_is_taken(self):
        self.scene(*self.values(50, 50))
        evidence = self.go(self.job([(0, 0, 50, 50) * 2], whole_image(), margin="7"))
        self.assertIn("margin=7", evidence["note"])


if __name__ == "__main__":
    unittest.main()
