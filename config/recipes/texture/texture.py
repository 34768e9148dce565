#!/usr/bin/env python3
"""Local mean and standard deviation of band 1 over 15 x 15 pixels: two float32 bands, nodata -9999.

Only valid pixels inside the scene count. The output is nodata where the pixel itself is invalid. For 8 and
16 bit data the sums are exact integers; for other data the order of addition depends only on the pixel. So
tiles give the same result as the whole scene, and a GPU the same as a CPU, bit for bit.

Uses CuPy or PyTorch when Swath has asked for a GPU and a CUDA device works, else numpy. The tile is read in strips of rows, so memory stays
flat on the CPU and on the GPU. In a recipe with a step before this one, it is the texture of what that step made
(config/recipes/ndvi-texture).
"""
import os
import sys

import numpy as np

import swath_tile

RADIUS = 7  # the recipe's overlap
SIDE = 2 * RADIUS + 1
NODATA = -9999.0


# ---- the backends: the same four functions with numpy, CuPy or PyTorch ------------------------------------


class Numpy:
    name = "device=cpu library=numpy " + np.__version__
    put = get = staticmethod(lambda array: array)
    sqrt = staticmethod(np.sqrt)
    double = staticmethod(lambda array: array.astype(np.float64))


class Cupy:
    def __init__(self, cupy):
        self.put, self.get, self.sqrt = cupy.asarray, cupy.asnumpy, cupy.sqrt
        self.double = lambda array: array.astype(cupy.float64)
        gpu = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
        self.name = f"device=cuda library=cupy {cupy.__version__} gpu={gpu}"


class Torch:
    def __init__(self, torch, device="cuda"):
        self.put = lambda array: torch.from_numpy(array).to(device)
        self.get = lambda tensor: tensor.cpu().numpy()
        self.sqrt, self.double = torch.sqrt, lambda tensor: tensor.to(torch.float64)
        gpu = torch.cuda.get_device_name(0) if device == "cuda" else "none"
        self.name = f"device={device} library=torch {torch.__version__} gpu={gpu}"


def best_backend():
    device = os.path.exists("/dev/nvidiactl") or os.path.exists("/dev/dxg")  # without one, skip the slow imports
    if device and os.environ.get("SWATH_DEVICE") != "cpu":  # a GPU that was not asked for belongs to others
        for library, backend in (("cupy", Cupy), ("torch", Torch)):
            try:
                candidate = backend(__import__(library))
                probe = candidate.put(np.full((4, 4), 9, np.int64))
                if (candidate.get(candidate.sqrt(candidate.double(probe + probe - probe))) == 3).all():
                    return candidate
            except Exception as error:  # not installed, no driver or no free device: try the next one
                print(f"texture: {library} cannot be used: {error}", file=sys.stderr)
    return Numpy


# ---- the arithmetic ----------------------------------------------------------------------------------------


def box_sum(array):
    """Sums over SIDE x SIDE of an array padded by RADIUS. As 15 = 8 + 4 + 2 + 1, each direction takes six additions."""
    for rows in (True, False):
        length = array.shape[0 if rows else 1] - SIDE + 1
        total, done, size = None, 0, 1
        while done < SIDE:
            if SIDE & size:
                part = array[done : done + length] if rows else array[:, done : done + length]
                total = part if total is None else total + part
                done += size
            if done < SIDE:
                array = array[:-size] + array[size:] if rows else array[:, :-size] + array[:, size:]
                size *= 2
        array = total
    return array


def mean_and_deviation(backend, values, valid):
    """Float64 results, 0 where nothing is valid. Both arrays are padded by RADIUS; invalid values are 0."""
    values, count = backend.put(values), box_sum(backend.put(valid))
    total, squares = box_sum(values), box_sum(values * values)
    count = count + (count == 0)
    # The variance's numerator is an exact integer below 2^49, so nothing cancels.
    numerator = backend.double(count * squares - total * total)
    count = backend.double(count)
    mean = backend.double(total) / count
    deviation = backend.sqrt(numerator * (numerator > 0)) / count
    return backend.get(mean), backend.get(deviation)


# ---- the tile ----------------------------------------------------------------------------------------------


def source():
    """The band to read, and the place of its first pixel in the scene: the scene's, or what the step before made of the tile
    and its overlap."""
    made = os.environ.get("SWATH_PREVIOUS")
    dataset = swath_tile.scene(made or None)
    return dataset, *(swath_tile.environment("X", "Y") if made else (0, 0))


def read_padded(band, x, y, width, rows, scene):
    """The window and RADIUS pixels around it. Pixels outside the scene and invalid pixels are 0."""
    left, top = max(x - RADIUS, 0), max(y - RADIUS, 0)
    right, bottom = min(x + width + RADIUS, scene.RasterXSize), min(y + rows + RADIUS, scene.RasterYSize)
    window = (left, top, right - left, bottom - top)
    data, valid = band.ReadAsArray(*window), band.GetMaskBand().ReadAsArray(*window) != 0
    if data.dtype.kind == "f":
        valid &= np.isfinite(data)
    exact = data.dtype.kind in "iu" and data.dtype.itemsize <= 2
    padding = ((top - y + RADIUS, y + rows + RADIUS - bottom), (left - x + RADIUS, x + width + RADIUS - right))
    data = np.where(valid, data, 0).astype(np.int64 if exact else np.float64)
    return np.pad(data, padding), np.pad(valid.astype(np.int64), padding)


def main():
    scene = swath_tile.scene()
    image, first_x, first_y = source()
    band = image.GetRasterBand(1)
    scale, offset = band.GetScale() or 1.0, band.GetOffset() or 0.0
    backend = None
    with swath_tile.Tile(scene, np.float32, NODATA, names=["mean", "standard deviation"]) as tile:
        for x, y, width, rows in tile.strips():
            values, valid = read_padded(band, x - first_x, y - first_y, width, rows, image)
            inside = valid[RADIUS:-RADIUS, RADIUS:-RADIUS] != 0
            if not inside.any():
                continue
            backend = backend or best_backend()
            mean, deviation = mean_and_deviation(backend, values, valid)
            # Scale and offset are always applied here, on the CPU: a GPU could fuse the two operations and round once.
            results = mean * scale + offset, deviation * abs(scale)
            tile.write([np.where(inside, result, NODATA) for result in results], y)
    if backend:
        swath_tile.note(backend.name)


if __name__ == "__main__":
    main()
