"""Converts the tiles that cannot be copied: into parts of the product that can, GeoTIFFs on the storage as swath_tile.py writes
them. The tasks of the assembly (`assemble.request.tasks`) take the work in turn, each with a thread for each of its CPUs.

Where the edges of all tiles lie at blocks of the product, each tile is copied or converted by itself. Else everything is converted,
in squares that tiles may reach beyond. What is converted does not depend on the number of tasks, and neither does the product.
"""
import hashlib
import json
import os
import shutil
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from osgeo import gdal

import copying
import mosaic
import swath_exchange as exchange
import swath_tile
import swath_tiff as tiff
from directories import NotCopyable
from tiles import BadTiles, Tile, threads

MOST_LEVELS = 3  # overviews of a part
MOST_SIDE = tiff.BLOCK << MOST_LEVELS  # pixels of a part's side
MOST_STRIP = 32 << 20  # bytes of a part's strip: each thread has some of them
NAME = "converted"

# What is to be copied. `tiles`: tiles and parts, which cover the product; `scanned`: what this task knows of its tiles, by number;
# `metadata`: of each converted tile, by number; `reason`: why the first one was converted
Converted = namedtuple("Converted", "tiles scanned metadata reason")
Window = namedtuple("Window", "x y width height")


def tiles(plan, bands, files, reference, folder):
    """Makes this task's share; gives what is to be copied to task 0, and None to the others.

    Raises BadTiles if this task has found some; and NotCopyable, or a RuntimeError of GDAL's, if the tiles have to be decoded."""
    said, scanned = Share(plan, bands, files, reference, folder).make()
    if exchange.TASK:
        tell(said)
        return None
    everything = [said, *(json.loads(exchange.get(NAME, task).tobytes()) for task in range(1, exchange.TASKS))]
    for one in everything:
        if "refused" in one:
            raise NotCopyable(one["refused"])
    metadata = {number: items for one in everything for number, items in one["metadata"].items()}
    covering = [tile for tile in files.all if tile.number not in metadata]
    for name, x, y, width, height, size, sha256 in (part for one in everything for part in one["parts"]):
        files.outputs[name] = {"size": size, "sha256": sha256}
        covering.append(Tile(name, path(folder, name), x, y, width, height))
    return Converted(covering, scanned, metadata, next((one["reason"] for one in everything if one["reason"]), None))


def refuse(reason):
    """Says to task 0 that this task cannot convert its share, so that the tiles have to be decoded."""
    tell({"refused": reason})


def tell(said):
    exchange.put(NAME, np.frombuffer(json.dumps(said).encode(), np.uint8))


def parts_folder(folder):
    """Where the parts lie: on the storage, because they are as large as the product, and a node's scratch folder may be small or
    memory. One task alone has no folder there that it exchanges files in; job.sh removes this one, too."""
    if exchange.TASKS > 1:
        return os.environ["SWATH_EXCHANGE"]
    return os.environ["SWATH_OUTPUT"] + ".made" if "SWATH_OUTPUT" in os.environ else folder


def path(folder, name):
    os.makedirs(parts_folder(folder), exist_ok=True)
    return os.path.join(parts_folder(folder), name + ".tif")


def remove_parts(folder):
    """Removes the parts, of which no more is needed. Those of several tasks go with the folder that they share."""
    if exchange.TASKS == 1 and "SWATH_OUTPUT" in os.environ:
        shutil.rmtree(parts_folder(folder), ignore_errors=True)


class Share:
    """What one task does. Its methods may be called by several threads."""

    def __init__(self, plan, bands, files, reference, folder):
        self.width, self.height, self.bands, self.files, self.reference, self.folder = (
            plan["width"], plan["height"], bands, files, reference, folder)
        self.kind = swath_tile.overviews.dtype(bands[0]["type"])
        if len(bands) * self.kind.itemsize * tiff.BLOCK ** 2 > tiff.MOST_BLOCK:
            raise NotCopyable(f"a block of {len(bands)} bands has more than {tiff.MOST_BLOCK >> 20} MiB")
        self.side = MOST_SIDE
        while self.side > tiff.BLOCK and self.side * tiff.BLOCK * len(bands) * self.kind.itemsize > MOST_STRIP:
            self.side //= 2
        os.environ["SWATH_PROFILE"] = f"{plan['compress']} {plan['resampling']} {MOST_LEVELS}"  # of the parts

    def make(self):
        """({"parts", "metadata", "reason"}, what is known of each tile that can be copied)."""
        if all(self.is_block_aligned(tile) for tile in self.files.all):
            work = [(tile, [tile]) for tile in self.files.all if tile.path]
            do = self.copy_or_convert
        else:
            work = list(self.squares())
            do = self.convert
        mine = exchange.mine(work)
        # GDAL's own threads compress blocks of one part; each of them has buffers.
        each = str(max(1, threads() // max(1, len(mine))))
        with ThreadPoolExecutor(threads(), initializer=lambda: gdal.SetThreadLocalConfigOption("GDAL_NUM_THREADS", each)) as pool:
            done = list(pool.map(lambda item: do(*item), mine))
        if any("bad" in one for one in done):
            raise BadTiles(self.files.different())  # all that there are: each assembly that fails counts
        said = {"parts": [part for one in done for part in one.get("parts", ())],
                "metadata": {number: items for one in done for number, items in one.get("metadata", {}).items()},
                "reason": next((one["reason"] for one in done if "reason" in one), None)}
        return said, {one["scanned"].tile.number: one["scanned"] for one in done if "scanned" in one}

    def is_block_aligned(self, tile):
        right, bottom = tile.x + tile.width, tile.y + tile.height
        return (tile.x % tiff.BLOCK == tile.y % tiff.BLOCK == 0 and (right == self.width or right % tiff.BLOCK == 0)
                and (bottom == self.height or bottom % tiff.BLOCK == 0))

    def squares(self):
        """The squares of the product in which there is data, each with its tiles."""
        if self.bands[0]["nodata"] is None and any(not tile.path for tile in self.files.all):
            raise NotCopyable("tiles are empty, the output has no nodata, and the tiles' edges are no multiples of 512 pixels")
        squares = {}
        for tile in self.files.all:
            for y in range(tile.y // self.side, tiff.ceiling(tile.y + tile.height, self.side)):
                for x in range(tile.x // self.side, tiff.ceiling(tile.x + tile.width, self.side)):
                    squares.setdefault((y, x), []).append(tile)
        for (y, x), found in sorted(squares.items()):
            x, y = x * self.side, y * self.side
            if any(tile.path for tile in found):
                yield Window(x, y, min(self.side, self.width - x), min(self.side, self.height - y)), found

    def copy_or_convert(self, tile, found):
        try:
            return {"scanned": copying.scan(tile, self.reference, self.bands, self.kind, self.files)}
        except NotCopyable as error:
            return {**self.convert(tile, found), "reason": str(error)}

    def convert(self, window, found):
        """Converts a window: at the lines that cut the product into squares it becomes several parts."""
        found = [tile for tile in found if tile.path]
        if not all(self.files.is_same(tile) for tile in found):
            return {"bad": True}
        metadata = {}
        for tile in found:
            source = gdal.OpenEx(tile.path, gdal.OF_RASTER, allowed_drivers=["GTiff"])
            flags = [source.GetRasterBand(number).GetMaskFlags() for number in range(1, source.RasterCount + 1)]
            if any(flag & (gdal.GMF_PER_DATASET | gdal.GMF_ALPHA) for flag in flags):
                raise NotCopyable(f"tile {tile.number}: it has a mask or a transparent band")
            metadata[tile.number] = {name: text for name, text in source.GetMetadata().items() if name.startswith("SWATH_")}
        parts = []
        for y in range(window.y - window.y % self.side, window.y + window.height, self.side):
            for x in range(window.x - window.x % self.side, window.x + window.width, self.side):
                left, top = max(x, window.x), max(y, window.y)
                right, bottom = min(x + self.side, window.x + window.width), min(y + self.side, window.y + window.height)
                parts.append(self.part(Window(left, top, right - left, bottom - top), found))
        return {"parts": parts, "metadata": metadata, "reason": "the tiles' edges are no multiples of 512 pixels"}

    def part(self, window, found):
        """Writes a part: its name, window, size and SHA-256. It is compared with these when it is copied, as a tile is."""
        name = f"part-{window.x}-{window.y}"
        source = os.path.join(self.folder, name + ".vrt")
        mosaic.write_vrt(source, window.width, window.height, self.bands,
                         [(tile.path, tile.x - window.x, tile.y - window.y, tile.width, tile.height) for tile in found], [])
        made = path(self.folder, name)
        Part(made, window, self.kind, self.bands).copy(gdal.OpenEx(source, gdal.OF_RASTER, allowed_drivers=["VRT"]))
        digest, size = hashlib.sha256(), 0
        with open(made, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
                size += len(block)
        return [name, *window, size, digest.hexdigest()]


class Part(swath_tile.Tile):
    """A window of the product, which one task writes alone. Its names, colours and place are those of the product."""

    def __init__(self, path, window, kind, bands):
        super().__init__(None, kind, bands[0]["nodata"], bands=len(bands), path=path, place=window)
        self.output = self._create()

    def georeference(self, output):
        pass

    def copy(self, source):
        for top in range(0, self.height, swath_tile.STRIP):
            rows = min(swath_tile.STRIP, self.height - top)
            self._write(source.ReadAsArray(0, top, self.width, rows).reshape(self.bands, rows, self.width), top)
        self._close()
