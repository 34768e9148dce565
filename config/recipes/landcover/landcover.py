#!/usr/bin/env python3
"""Segmentation of one tile with an ONNX model: one band of classes, 0 for the model's first; nodata 255.

The recipe's `model` names the file, and `accepts.bands` lists the bands in the order of the model's input, which is
float32 [1, bands, height, width]; its output is [1, classes, height, width]. For another model, change these two, the
classes in recipe.yaml, and `model_input` below.

The model runs in windows on a grid that belongs to the whole scene: batch 1, one size, origins on multiples of the
model's stride. So a pixel's class does not depend on the tile, bit for bit, as long as the same library runs it. The
margin around a window is the model's receptive field. If that has no limit (global pooling, attention), windows overlap by
half and their probabilities are blended, in the windows' order and with weights that depend on the pixel alone.
"""
import os
import sys

import numpy as np
from osgeo import gdal

sys.dont_write_bytecode = True
import onnxgraph  # noqa: E402
import providers  # noqa: E402
import swath_tile  # noqa: E402

NODATA = 255
CORE = 512  # pixels of a window without its margin: more needs more memory, less computes more margins
REFLECTANCE = 10000.0  # the model's number for a reflectance of 1


def model_input(values, scale, offset, floats):
    """A band's numbers as the model expects them: reflectance x 10000, the offset applied. Of floating point (`floats`) they
    are reflectances, also without a scale; whole numbers without a scale are reflectances x 10000. Dynamic World has its
    normalisation (log, percentiles, sigmoid) inside; a model that has not needs it here."""
    physical = values.astype(np.float64) * scale + offset
    return physical if scale == 1 and not floats else physical * REFLECTANCE


# ---- where the model runs, along one axis ---------------------------------------------------------------------------


class Windows:
    """Windows along one axis of the scene. `origin(k)`: where window k begins; `touching(a, b)`: the windows that pixels
    a to b need; `weights(k)`: of each pixel of window k in the result."""

    def __init__(self, length, model, size):
        self.length, self.margin = length, model.margin
        # The size is a multiple of the stride; beyond the scene, its last row or column is repeated.
        padded = -(-length // model.stride) * model.stride
        self.size = size or min(CORE + 2 * (CORE // 4 if self.blended else self.margin), padded)
        self.size = -(-self.size // model.stride) * model.stride
        self.last = max(padded - self.size, 0)  # the last origin
        core = self.size // 2 if self.blended else self.size - 2 * self.margin
        self.core = core // model.stride * model.stride
        if self.core < 1 and self.last:
            sys.exit(f"landcover: the model takes {self.size} pixels, which is not more than its margins of {self.margin}")

    @property
    def blended(self):
        return self.margin is None

    def origin(self, k):
        return min(max(k * self.core - (0 if self.blended else self.margin), 0), self.last)

    def touching(self, a, b):
        if not self.last:
            return range(1)
        if not self.blended:
            return range(a // self.core, (b - 1) // self.core + 1)
        count = -(-self.last // self.core) + 1
        return [k for k in range(count) if self.origin(k) < b and self.origin(k) + self.size > a]

    def weights(self, k):
        at = np.arange(self.size)
        if self.blended:
            return (np.minimum(at, self.size - 1 - at) + 1).astype(np.float32) / np.float32(self.size)
        if not self.last:
            return np.ones(self.size, np.float32)
        own = (self.origin(k) + at) // self.core == k
        return own.astype(np.float32)


# ---- the tile -------------------------------------------------------------------------------------------------------


def read(scene, as_it_came, x, y, width, height):
    """A window as the model's input, and which of its pixels are valid in every band. What is not valid in a band is 0
    there; pixels beyond the scene repeat its edge. `as_it_came`: the scene before it was put onto a map, which may need a
    larger type."""
    inside_x, inside_y = min(width, scene.RasterXSize - x), min(height, scene.RasterYSize - y)
    image, valid = np.empty((1, scene.RasterCount, inside_y, inside_x), np.float32), np.ones((inside_y, inside_x), bool)
    for number in range(scene.RasterCount):
        band = scene.GetRasterBand(number + 1)
        floats = as_it_came.GetRasterBand(number + 1).DataType in (gdal.GDT_Float32, gdal.GDT_Float64)
        values = model_input(band.ReadAsArray(x, y, inside_x, inside_y), band.GetScale() or 1.0, band.GetOffset() or 0.0, floats)
        good = (band.GetMaskBand().ReadAsArray(x, y, inside_x, inside_y) != 0) & np.isfinite(values)
        image[0, number] = np.where(good, values, 0)
        valid &= good
    return np.pad(image, ((0, 0), (0, 0), (0, height - inside_y), (0, width - inside_x)), "edge"), valid


def as_probabilities(result, last):
    """[classes, height, width]. One class alone is the probability of class 1 against 0."""
    result = np.asarray(result[0], np.float32)
    if last not in ("Softmax", "Sigmoid"):  # the model gives logits
        if len(result) == 1:
            result = 1 / (1 + np.exp(-result))
        else:
            result = np.exp(result - result.max(axis=0))
            result /= result.sum(axis=0)
    return np.concatenate([1 - result, result]) if len(result) == 1 else result


def segment(scene, as_it_came, model, path, x, y, width, height):
    """The probabilities of a tile [classes, height, width], which of its pixels are valid, and what ran the model. The
    probabilities are None when no pixel is valid."""
    across = Windows(scene.RasterXSize, model, model.shape[3])
    down = Windows(scene.RasterYSize, model, model.shape[2])
    total = weight = runner = None
    valid = np.zeros((height, width), bool)
    for j in down.touching(y, y + height):
        for i in across.touching(x, x + width):
            left, top = across.origin(i), down.origin(j)
            image, good = read(scene, as_it_came, left, top, across.size, down.size)
            # The part of the window that lies in the tile, in the tile's pixels and in the window's.
            a, b = max(left, x), min(left + good.shape[1], x + width)
            c, d = max(top, y), min(top + good.shape[0], y + height)
            tile, window = np.s_[c - y:d - y, a - x:b - x], np.s_[c - top:d - top, a - left:b - left]
            share = (down.weights(j)[:, None] * across.weights(i))[window]
            valid[tile] |= good[window]
            if not good[window][share > 0].any():
                continue
            runner = runner or providers.open_model(path, image.shape)
            result = as_probabilities(runner(image), model.last)
            if result.shape[1:] != image.shape[2:]:
                sys.exit(f"landcover: the model makes {result.shape[2]} x {result.shape[1]} pixels of "
                         f"{image.shape[3]} x {image.shape[2]}; it must make one of each")
            if total is None:
                total, weight = np.zeros((len(result), height, width), np.float32), np.zeros((height, width), np.float32)
            total[np.s_[:, tile[0], tile[1]]] += result[:, window[0], window[1]] * share
            weight[tile] += share
    if total is not None and across.blended:
        total /= np.where(weight > 0, weight, 1)
    return total, valid, runner


def require_pixels_around(scene, margin, x, y, width, height):
    """Of a scene that Swath has put onto a map, the input holds the tile with its overlap alone: what the model sees of a
    tile must lie in that, or the tiles would not fit together. `margin`: None for a model whose view has no limit."""
    if not os.path.exists(os.path.join(os.environ["SWATH_WORK"], "map.vrt")):
        return
    left, top, across, down = (int(os.environ["SWATH_" + name]) for name in ("X", "Y", "WIDTH", "HEIGHT"))
    reach = max(scene.RasterXSize, scene.RasterYSize) if margin is None else margin
    if (max(x - reach, 0) < left or min(x + width + reach, scene.RasterXSize) > left + across
            or max(y - reach, 0) < top or min(y + height + reach, scene.RasterYSize) > top + down):
        sys.exit("landcover: the scene is put onto a map tile by tile, and the model " + (
            "sees the whole scene around a pixel: deliver the scene on a map (orthorectified), or take another model" if margin is None else
            f"sees {margin} pixels around a pixel: write tile.overlap: {margin} or more into recipe.yaml"))


def main(probabilities=False):
    """Writes the classes, or the probabilities: a float32 band for each class, nodata -1."""
    x, y, width, height = swath_tile.window()
    scene = swath_tile.scene()
    as_it_came = swath_tile.scene(os.path.join(os.environ["SWATH_WORK"], "scene.vrt"))
    path = os.environ["SWATH_MODEL"]
    model = onnxgraph.read(path)
    if os.environ.get("SWATH_MODEL_MARGIN"):
        margin = int(os.environ["SWATH_MODEL_MARGIN"])
        model = model._replace(margin=-(-margin // model.stride) * model.stride)
    if model.shape[1] not in (0, scene.RasterCount):
        sys.exit(f"landcover: the model takes {model.shape[1]} bands, and the recipe's accepts.bands lists {scene.RasterCount}")
    require_pixels_around(scene, model.margin, x, y, width, height)
    total, valid, runner = segment(scene, as_it_came, model, path, x, y, width, height)
    if total is None:
        swath_tile.empty()
        return
    if probabilities:
        kind, nodata, names, values = np.float32, -1, [], np.where(valid, total, np.float32(-1))
    else:
        kind, nodata, names, values = np.uint8, NODATA, ["class"], np.where(valid, total.argmax(axis=0), NODATA)
    with swath_tile.Tile(scene, kind, nodata, names, bands=len(total) if probabilities else 1) as tile:
        tile.write(values)
        tile.metadata["SWATH_SOFTWARE"] = runner.software
    how = f"blended ({model.reason})" if model.margin is None else f"margin={model.margin}"
    swath_tile.note(f"{runner.software}; {how} stride={model.stride}")


if __name__ == "__main__":
    main()
