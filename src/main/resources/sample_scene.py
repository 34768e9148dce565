#!/usr/bin/env python3
"""Makes the demo's sample scene: sample_scene.py OUT.tif [--size 4096] [--seed 7]

A made-up piece of farmland as a 10 m satellite sees it: bands blue, green, red, nir; uint16, reflectance x
10000; nodata 0 outside the slanted swath; fields, woods, a river, lakes, clouds with their shadows, noise.
The same size and seed give the same pixels on every machine: all randomness comes from numpy's frozen
generators, and no result depends on how the work is cut into strips or threads.
"""
import argparse
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from osgeo import gdal, osr

STRIP = 256  # rows at a time, a multiple of STEP
STEP = 8  # pixels; smooth surfaces are computed on a grid with this spacing
BANDS = ("blue", "green", "red", "nir")
# Reflectance x 10000 as a satellite sees it: blue, green, red, nir; and the weight of that kind of field.
FIELDS = (
    ((480, 800, 520, 3900), 5),  # wheat, green
    ((440, 760, 430, 4600), 4),  # maize
    ((560, 1080, 830, 4100), 2),  # rape in bloom
    ((520, 860, 640, 3100), 4),  # meadow
    ((820, 1150, 1350, 2400), 3),  # stubble
    ((760, 1010, 1290, 1900), 3),  # bare soil
    ((610, 800, 960, 1500), 2),  # wet soil
)
TRACK_COLOUR, WATER_COLOUR, WOOD_COLOUR = (900, 1120, 1280, 2100), (560, 540, 310, 150), (300, 470, 300, 2700)
CLOUD_COLOUR = (6100, 6200, 6350, 6800)
# The cover of a pixel is a row of the palette: a field below TRACK (a power of two), or one of these.
TRACK, WATER, FIRST_WOOD, WOODS = 4096, 4097, 4098, 6
# Field systems: (cos, sin) of their direction as Pythagorean pairs, so exact; mean field width and length.
SYSTEMS = ((0.96, 0.28, 22, 60), (0.8, -0.6, 34, 80), (0.6, 0.8, 16, 44))


def smooth(random, cells, detail, size):
    """Noise of 0 to 1 on the coarse grid: `cells` waves across the scene, in `detail` octaves."""
    points = size // STEP + 4
    at, total = np.arange(points) / points, np.zeros((points, points))
    for octave in range(detail):
        count = min(cells * 2**octave, points)
        grid = random.uniform(size=(count + 4, count + 4))
        weights, first = cubic(at * count)
        rows = sum(weights[k][:, None] * grid[first + k] for k in range(4))
        total += sum(weights[k] * rows[:, first + k] for k in range(4)) / 2**octave
    total -= total.min()
    return (total / total.max()).astype(np.float32)


def cubic(position):
    """The four weights of a cubic B-spline at each position, and the index of the first of its grid points."""
    first = np.floor(position).astype(int)
    t = (position - first).astype(np.float32)
    weights = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    return [w / np.float32(6) for w in weights], first


class Surface:
    """A smooth surface at full resolution, interpolated from the coarse grid."""

    def __init__(self, grid, size):
        weights, first = cubic(np.arange(size) / STEP)
        grid = grid.astype(np.float32)
        self.wide = sum(weights[k] * grid[:, first + k] for k in range(4))
        self.weights, _ = cubic(np.arange(STEP) / STEP)

    def strip(self, row, rows):
        """`rows` rows from `row` on, which is a multiple of STEP."""
        first, cells = row // STEP, -(-rows // STEP)
        total = np.zeros((cells, STEP, self.wide.shape[1]), np.float32)
        for k in range(4):
            total += self.weights[k][:, None] * self.wide[first + k : first + k + cells, None]
        return total.reshape(cells * STEP, -1)[:rows]


class FieldSystem:
    """Long fields side by side between tracks. Their widths vary, and their lengths vary in each row."""

    def __init__(self, random, size, cosine, sine, width, length):
        self.cosine, self.sine, self.size = np.float32(cosine), np.float32(sine), size
        reach = 3 * size + 4
        column, _ = self.cut(random, reach, width)
        shift = random.randint(0, size // 2, column[-1] + 1)
        self.shift, self.column = shift[column].astype(np.int32), (column * 131).astype(np.int32)
        row, edge = self.cut(random, reach, length)
        self.row = (row * 17).astype(np.int32)
        self.row[edge] = TRACK

    @staticmethod
    def cut(random, reach, mean):
        """For each whole pixel along a line: the number of its piece, and whether an edge is there."""
        widths = (mean * random.uniform(0.45, 1.55, 2 * reach // mean)).astype(int) + 4
        pieces = np.repeat(np.arange(len(widths)), widths)[:reach]
        return pieces, np.diff(pieces, prepend=0) != 0

    def fields(self, x, y):
        """Each pixel's field, below TRACK, or TRACK."""
        u = (x * self.cosine + (y * self.sine + self.size)).astype(np.int32)
        v = (y * self.cosine + self.size - x * self.sine).astype(np.int32)
        v += self.shift[u]
        row = self.row[v]
        return np.where(row == TRACK, TRACK, (self.column[u] + row) & (TRACK - 1))


class Scene:
    def __init__(self, size, seed):
        random = np.random.RandomState(seed)
        self.size, self.seed = size, seed
        surface = lambda grid: Surface(grid, size)
        self.systems = [FieldSystem(random, size, *system) for system in SYSTEMS]
        self.colours = self.palette(random)
        self.region = surface(smooth(random, 3, 3, size))
        self.relief = surface(smooth(random, 5, 6, size))
        self.wood = surface(smooth(random, 9, 6, size))
        cloud = (smooth(random, 12, 6, size) + smooth(random, 3, 2, size) * np.float32(0.5)) / np.float32(1.5)
        self.cloud = surface(np.clip((cloud - np.float32(0.60)) * 6, -1, 1.2))
        self.shade = surface(np.roll(np.clip((cloud - np.float32(0.60)) * 6, 0, 1), (-22, -17), (0, 1)))
        self.water = surface(np.minimum(self.river(random), (0.97 - smooth(random, 6, 3, size)) * 400))

    @staticmethod
    def palette(random):
        """A row of the four bands for every field, then track, water and WOODS kinds of wood."""
        kinds = np.repeat([colour for colour, _ in FIELDS], [often for _, often in FIELDS], axis=0)
        fields = kinds[random.randint(0, len(kinds), TRACK)] * random.uniform(0.86, 1.14, (TRACK, 4))
        woods = np.outer(np.linspace(0.75, 1.35, WOODS), WOOD_COLOUR)
        return np.vstack([fields, TRACK_COLOUR, WATER_COLOUR, woods]).astype(np.float32)

    def river(self, random):
        """Pixels from the bank, on the coarse grid; negative in the water."""
        bend = smooth(random, 4, 4, self.size)
        down, right = np.meshgrid(*2 * [np.arange(len(bend)) / len(bend)], indexing="ij")
        across = down * 0.45 + right * 0.9 - 0.62 + (bend - 0.5) * 0.5
        slope = np.maximum(np.hypot(*np.gradient(across)) * len(bend), 0.3)  # so that it keeps its width
        return (np.abs(across) / slope * self.size).astype(np.float32) - 11

    def strip(self, row, rows):
        """The strip's four uint16 planes."""
        y = np.arange(row, row + rows, dtype=np.float32)[:, None]
        x = np.arange(self.size, dtype=np.float32)[None, :]
        region, relief, wood = (surface.strip(row, rows) for surface in (self.region, self.relief, self.wood))
        cover = self.systems[0].fields(x, y)
        for system, area in ((1, region > 0.56), (2, region < 0.4)):
            if area.any():
                np.copyto(cover, self.systems[system].fields(x, y), where=area)
        rough, fine, finer = self.noise(row, rows)
        wood += relief * np.float32(0.25)
        kind = np.clip((wood - np.float32(0.78)) * 30 + rough * np.float32(0.02), 0, WOODS - 1)
        np.copyto(cover, kind.astype(np.int32) + FIRST_WOOD, where=wood > 0.78)
        cover[self.water.strip(row, rows) < 0] = WATER
        cover = cover.astype(np.intp)
        cloud = np.clip(self.cloud.strip(row, rows), 0, 1)
        light = relief * np.float32(0.28) + np.float32(0.86) + rough * np.float32(0.0006)
        light *= 1 - self.shade.strip(row, rows) * np.float32(0.55)
        light *= 1 - cloud
        cloud *= relief * np.float32(0.5) + np.float32(0.75)
        inside = self.inside(x, y)
        planes = []
        for band, noise in enumerate((fine, finer, fine, finer)):
            plane = self.colours[:, band].take(cover)
            plane *= light
            plane += cloud * np.float32(CLOUD_COLOUR[band])
            plane += noise * np.float32(0.12)
            np.maximum(plane, 1, out=plane)
            plane *= inside
            planes.append(plane.astype(np.uint16))
        return planes

    def inside(self, x, y):
        """The slanted swath: a square rotated by 13 degrees, like the ground track of a satellite."""
        a, b, last = np.float32(0.1876), np.float32(0.8124), np.float32(self.size - 1)
        x, y = x / last, y / last
        return ((x * b + y * a >= a * b) & ((1 - x) * a + y * b >= a * b)
                & ((1 - x) * b + (1 - y) * a >= a * b) & (x * a + (1 - y) * b >= a * b))

    def noise(self, row, rows):
        """Three planes of int8 noise, from raw random bits: their stream is the same in every numpy."""
        bits = np.random.PCG64([self.seed, row]).random_raw(3 * rows * self.size // 8 + 3)
        return bits.view(np.int8)[: 3 * rows * self.size].reshape(3, rows, self.size)


def main():
    parser = argparse.ArgumentParser(description="Makes Swath's sample scene.")
    parser.add_argument("output")
    parser.add_argument("--size", type=int, default=4096, help="pixels a side, 256 to 32768")
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    if not 256 <= arguments.size <= 32768:
        parser.error("--size must be 256 to 32768")
    gdal.UseExceptions()
    gdal.SetCacheMax(64 << 20)
    size = arguments.size
    part = arguments.output + ".part"  # an inbox ignores this name until the file is complete
    output = gdal.GetDriverByName("GTiff").Create(part, size, size, 4, gdal.GDT_UInt16, [
        "TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "INTERLEAVE=BAND", "COMPRESS=DEFLATE", "ZLEVEL=1",
        "PREDICTOR=2", "NUM_THREADS=ALL_CPUS", "PHOTOMETRIC=MINISBLACK", "ALPHA=NO", "BIGTIFF=IF_SAFER"])
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32633)
    output.SetSpatialRef(reference)
    output.SetGeoTransform((399960.0, 10.0, 0.0, 5400000.0, 0.0, -10.0))
    output.SetMetadata({"TIFFTAG_DATETIME": "2026:06:21 10:05:31", "TIFFTAG_IMAGEDESCRIPTION": "Swath sample scene"})
    colours = (gdal.GCI_BlueBand, gdal.GCI_GreenBand, gdal.GCI_RedBand, gdal.GCI_Undefined)
    for number, (name, colour) in enumerate(zip(BANDS, colours), 1):
        band = output.GetRasterBand(number)
        band.SetDescription(name)
        band.SetColorInterpretation(colour)
        band.SetNoDataValue(0)
    scene = Scene(size, arguments.seed)
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        rows = [(row, min(STRIP, size - row)) for row in range(0, size, STRIP)]
        waiting = [pool.submit(scene.strip, *strip) for strip in rows[:3]]  # only a few strips ahead, which bounds the memory
        for index, (row, _) in enumerate(rows):
            for number, plane in enumerate(waiting.pop(0).result(), 1):
                output.GetRasterBand(number).WriteArray(plane, 0, row)
            if index + 3 < len(rows):
                waiting.append(pool.submit(scene.strip, *rows[index + 3]))
    output.FlushCache()
    output = None
    os.replace(part, arguments.output)


if __name__ == "__main__":
    main()
