#!/usr/bin/python3
"""The recipe landcover with tiny models of its own, held against numpy and against the model run on the whole scene.

Plain unittest; needs GDAL's Python bindings and python3-opencv: /usr/bin/python3 landcover_test.py
The tests of PyTorch on the CPU are skipped where python3-torch is not installed.
"""
import hashlib
import os
import sys
import unittest
from importlib.util import find_spec
from unittest import mock

import cv2
import numpy as np
from osgeo import gdal, ogr

from tasks import RECIPES, Tasks, grid
from tiny_onnx import Net, field

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


def encoder_and_decoder():
    """A small U-Net: half the size, back again by a transposed convolution, and what was left beside it."""
    net = Net(2).conv(4, 3).add("LeakyRelu", alpha=0.2)
    left, weights = net.now, net.random.normal(0, 0.3, (6, 4, 2, 2)).astype(np.float32)
    net.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2]).conv(6, 3)
    net.add("BatchNormalization", *np.abs(net.random.normal(0, 1, (4, 6))).astype(np.float32), epsilon=1e-3)
    net.add("ConvTranspose", weights, kernel_shape=[2, 2], strides=[2, 2]).add("Concat", left, axis=1)
    net.channels = 8
    return net.conv(3, 3).softmax()


class Models(Tasks):
    """The models and scenes of the tests."""

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
            total, _, _ = landcover.segment(scene, scene, model, path, x, y, w, h)
            whole = np.zeros((len(total), self.height, self.width), np.float32) if whole is None else whole
            whole[:, y:y + h, x:x + w] = total
        return whole


class Landcover(Models):
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
                whole, valid, _ = landcover.segment(self.opened(), self.opened(), model, path, 0, 0, width, height)
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

    def test_whole_numbers_stay_whole_numbers_on_a_map_of_a_larger_type(self):
        self.scene(*self.values(40, 30))
        scene = self.opened()
        on_a_map = gdal.Translate("", scene, format="MEM", outputType=gdal.GDT_Float64)
        found, valid = landcover.read(on_a_map, scene, 0, 0, 40, 30)
        np.testing.assert_array_equal(np.stack(self.values(40, 30))[None].astype(np.float32), found)
        self.assertTrue(valid.all())
        floats, _ = landcover.read(on_a_map, on_a_map, 0, 0, 40, 30)
        np.testing.assert_array_equal(found * 10000, floats)

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

    # ---- what the file says, and what runs it ---------------------------------------------------------------------

    def test_the_operators_of_a_file_are_read(self):
        net = Net(2).add("LeakyRelu", alpha=0.25).add("Upsample", mode="nearest", scales=[1.0, 1.0, 2.0, 2.0])
        weights = np.arange(6, dtype=np.float32).reshape(1, 2, 3, 1)
        net.add("Pad", net.constant(np.array([0, 0, -1, 0], np.int64))).add("Mul", weights).add("Add", "t1")
        graph = onnxgraph.read_graph(net.write(self.path("a.onnx"), 9))
        self.assertEqual((9, "image", "t4", 2), (graph.version, graph.input, graph.output, graph.classes))
        self.assertEqual(["LeakyRelu", "Upsample", "Pad", "Mul", "Add"], [node.operator for node in graph.nodes])
        self.assertEqual([{"alpha": 0.25}, {"mode": "nearest", "scales": [1.0, 1.0, 2.0, 2.0]}], [node.options for node in graph.nodes[:2]])
        self.assertEqual([0, 0, -1, 0], graph.constants["c0"][1].tolist())
        np.testing.assert_array_equal(weights, graph.constants["c1"][1].reshape(graph.constants["c1"][0]))
        # A tensor is there until its last use; the constants stay for the next window.
        self.assertEqual([{"image"}, {"t0"}, set(), {"t2"}, {"t3", "t1"}], [node.done for node in graph.nodes])
        node = field(1, "image") + field(2, "t") + field(4, "Softmax") + field(5, field(1, "axis") + field(20, 2))
        net.nodes, net.now = [node], "t"  # a 0 that the file leaves out
        self.assertEqual({"axis": 0}, onnxgraph.read_graph(net.write(self.path("b.onnx"))).nodes[0].options)

    def test_gpus_come_first_and_the_next_one_is_tried(self):
        tried = []

        def provider(name, text):
            def start(path, threads, cuda=False):
                tried.append(name + " CUDA" * cuda)
                raise RuntimeError(text)
            return start
        with mock.patch.object(providers.os.path, "exists", lambda path: True), \
                mock.patch.object(providers, "OnnxRuntime", provider("onnxruntime", "no operator Abc")), \
                mock.patch.object(providers, "OpenCv", provider("opencv", "no operator Abc")):
            with mock.patch.object(providers, "Torch", provider("torch", "no operator Def")), self.assertRaises(SystemExit) as end:
                providers.open_model("x.onnx", (1, 1, 2, 2))
            self.assertEqual(["onnxruntime CUDA", "torch CUDA", "onnxruntime", "opencv", "torch"], tried)
            self.assertIn("nothing on this node runs the model: no operator Abc; no operator Def", str(end.exception))
            with mock.patch.object(providers, "Torch", provider("torch", "CUDA out of memory. Tried to allocate 2.00 GiB")), \
                    self.assertRaises(SystemExit) as end:
                providers.open_model("x.onnx", (1, 1, 2, 2))
            self.assertEqual("landcover: CUDA out of memory", str(end.exception))


@unittest.skipUnless(find_spec("torch"), "python3-torch is not installed")
class Torch(Models):
    def torch(self, net, version=13):
        return providers.Torch(net.write(self.path("tiny.onnx"), version), 1, cuda=False)

    def run_one(self, operator, *others, version=13, **attributes):
        image = np.random.RandomState(4).normal(0, 1, (1, 4, 6, 8)).astype(np.float32)
        return image, self.torch(Net(4).add(operator, *others, **attributes), version)(image)

    def test_pytorch_computes_what_opencv_does(self):
        image = np.random.RandomState(1).normal(0, 1, (1, 2, 40, 64)).astype(np.float32)
        for net in (strided(), whole_image(), encoder_and_decoder()):
            runner = self.torch(net)
            self.assertRegex(runner.software, r"^torch CPU \d")
            found = runner(image)
            np.testing.assert_allclose(found, providers.OpenCv(self.path("tiny.onnx"), 1)(image), atol=1e-6)
            np.testing.assert_array_equal(found, runner(image))

    def test_sizes_are_those_of_opencv(self):
        for size in ((12, 16), (15, 11), (5, 3)):
            for mode, how, transformation in (("linear", cv2.INTER_LINEAR, "half_pixel"), ("cubic", cv2.INTER_CUBIC, "half_pixel"),
                                              ("nearest", cv2.INTER_NEAREST, "asymmetric")):
                image, found = self.run_one("Resize", "", "", np.array([1, 4, *size], np.int64), mode=mode, nearest_mode="floor",
                                            coordinate_transformation_mode=transformation)
                expected = cv2.resize(image[0].transpose(1, 2, 0), size[::-1], interpolation=how).transpose(2, 0, 1)
                np.testing.assert_allclose(found[0], expected, atol=1e-5)

    def test_operators_are_those_of_numpy(self):
        whole = np.iinfo(np.int64).max
        numbers = lambda *values: np.array(values, np.int64)
        for expected, operator, *others, options in (
                (lambda x: x[:, 1:3, :, ::2], "Slice", numbers(1, 0), numbers(3, whole), numbers(1, 3), numbers(1, 2), {}),
                (lambda x: np.pad(x, ((0, 0), (0, 0), (1, 2), (3, 0)), "reflect"), "Pad", numbers(0, 0, 1, 3, 0, 0, 2, 0), {"mode": "reflect"}),
                (lambda x: x.transpose(0, 2, 3, 1), "Transpose", {"perm": [0, 2, 3, 1]}), (lambda x: x[:, [3, 0]], "Gather", numbers(-1, 0), {"axis": 1}),
                (lambda x: x.reshape(1, 2, 16, 6), "Reshape", numbers(0, 2, -1, 6), {}),
                (lambda x: x.mean(axis=(2, 3), keepdims=True), "ReduceMean", {"axes": [2, 3]}),
                (lambda x: np.maximum(x, 0.5), "Max", np.array([0.5], np.float32), {}),
                (lambda x: x.reshape(1, 4, 3, 2, 4, 2).mean(axis=(3, 5)), "AveragePool", {"kernel_shape": [2, 2], "strides": [2, 2]}),
                (lambda x: np.log1p(np.exp(x)), "Softplus", {}),
                (lambda x: np.exp(x) / np.exp(x).sum(axis=3, keepdims=True), "Softmax", {})):
            with self.subTest(operator):
                image, found = self.run_one(operator, *others, **options)
                np.testing.assert_allclose(found, expected(image), atol=1e-6)
        image, found = self.run_one("Softmax", version=11)  # over all bands and pixels
        np.testing.assert_allclose(found, np.exp(image) / np.exp(image).sum(), atol=1e-6)

    def test_what_pytorch_lacks_is_named(self):
        for name, wanted in (("operator Einsum", lambda: self.run_one("Einsum", equation="abcd->abcd")),
                             ("Resize with coordinate_transformation_mode tf_crop_and_resize", lambda: self.run_one(
                                 "Resize", "", np.array([1, 1, 2, 2], np.float32), coordinate_transformation_mode="tf_crop_and_resize")),
                             ("attribute speed of Relu", lambda: self.run_one("Relu", speed=3)),
                             ("constant c0 is in another file, or of a type", lambda: self.run_one("Add", np.ones(1, np.float16))),
                             ("version 6 of ONNX", lambda: self.run_one("Relu", version=6))):
            with self.subTest(name), self.assertRaisesRegex(Exception, name) as error:
                wanted()
            self.assertEqual("Unsupported", type(error.exception).__name__)

    def test_tiles_of_pytorch_equal_the_whole(self):
        self.scene(*self.values(150, 91))
        with mock.patch.object(providers, "OpenCv", side_effect=RuntimeError("not here")), \
                mock.patch.object(providers, "OnnxRuntime", side_effect=RuntimeError("not here")):
            whole = self.tiled(strided(), 150)
            np.testing.assert_array_equal(whole, self.tiled(strided(), 40))
        np.testing.assert_allclose(whole, self.tiled(strided(), 150), atol=1e-4)  # OpenCV's


def setUpModule():
    if not find_spec("torch"):
        print("landcover_test.py: python3-torch is not installed: its tests are skipped", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
