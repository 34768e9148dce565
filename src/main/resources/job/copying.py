"""Makes the product from the compressed blocks of the tiles, byte for byte. Only the overviews above those that the tiles carry
are computed, from the smallest ones that all tiles have.

A tile can be copied when swath_tile.py wrote it, or the job script for another script: a GeoTIFF with blocks of 512 x 512 pixels,
coded as the product is to be, with overviews and statistics of its own. If any tile cannot, NotCopyable says which and why.
"""
import hashlib
import os
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from osgeo import gdal

import cog
import directories
import figures
import mosaic
import swath_overviews as overviews
import swath_tiff as tiff
import upper_levels
from directories import NotCopyable
from tiles import threads

IN_MEMORY = 64 << 20  # bytes; a larger tile is read twice: for its SHA-256, and to copy it
REFERENCE = "/vsimem/reference.tif"

# What a tile carries; `levels`: the directories of its full size and its overviews
Scanned = namedtuple("Scanned", "tile levels metadata statistics")


def reference(plan, bands, scene, folder):
    """The directory of the product's full size. Raises NotCopyable if no tile at all can be copied into such a product."""
    if plan["resampling"] not in tiff.ONE_CELL:
        raise NotCopyable(f"overviews by {plan['resampling']} look beyond the edge of a tile; those by {', '.join(tiff.ONE_CELL)} do not")
    kind = overviews.dtype(bands[0]["type"])
    if kind.kind == "c":
        raise NotCopyable("the pixels are complex numbers")
    if any(band["nodata"] is not None and overviews.exact_nodata(band["nodata"], kind) is None for band in bands):
        raise NotCopyable(f"no pixel of type {bands[0]['type']} can have the nodata {bands[0]['nodata']}")
    return first_directory(plan, bands, scene, folder)


def product(path, plan, bands, tiles, reference, folder, files, known):
    """Writes the product; gives (the metadata of each tile, the statistics of each band, the numbers of tiles that are not what
    their evidence says). If there are such tiles, the product is of no use. `files` opens tiles and remembers what they were;
    `known`: the tiles that were scanned already, by number. Raises NotCopyable, or a RuntimeError of GDAL's, if the tiles have to
    be decoded."""
    width, height, resampling, kind = plan["width"], plan["height"], plan["resampling"], overviews.dtype(bands[0]["type"])
    with ThreadPoolExecutor(threads()) as pool:
        scanned = list(pool.map(lambda tile: known.get(tile.number) or scan(tile, reference, bands, kind, files),
                                [tile for tile in tiles if tile.path]))
    count = len(cog.sizes(width, height)) - 1
    level = min([count, *(usable_levels(found, width, height) for found in scanned)]) if scanned else 0
    if any(band["colour"] == "Alpha" for band in bands) and resampling != "NEAREST":
        level = 0  # GDAL leaves transparent pixels out of all bands' overviews; tiles make those of each band by itself
    if any(band["palette"] for band in bands) and resampling not in ("NEAREST", "MODE"):
        level = 0  # GDAL averages colours; the recipe's colours (output.classes) are not in the tiles
    computed = write_levels(plan, bands, tiles, level, folder, reference)
    counts = [np.zeros([tiff.ceiling(side, tiff.BLOCK) for side in (h, w)], np.int64) for w, h in cog.sizes(width, height)]
    for found in scanned:
        for number in range(level + 1):
            place(counts[number], found.tile, found.levels[number], number)
    for number, (_, directory) in enumerate(computed, level + 1):
        counts[number] = directory.counts
    layout = cog.Layout(reference.tags, width, height, counts)
    bad = write(path, layout, level, scanned, computed, files)
    return ([(found.tile.number, found.metadata) for found in scanned],
            figures.summed([found.statistics for found in scanned], kind, len(bands), width * height), bad)


def options(plan, kind):
    """Of GDAL's GTiff driver, as its COG driver writes blocks."""
    predictor = {"i": "2", "u": "2", "f": "3"}[kind.kind] if plan["compress"] != "NONE" else "1"
    return ["TILED=YES", f"BLOCKXSIZE={tiff.BLOCK}", f"BLOCKYSIZE={tiff.BLOCK}", "COMPRESS=" + plan["compress"], "PREDICTOR=" + predictor,
            "INTERLEAVE=PIXEL", "BIGTIFF=YES", "SPARSE_OK=TRUE"]


def first_directory(plan, bands, scene, folder):
    """The directory of the product's full size, which GDAL writes into a file without blocks: the georeference, names, colours."""
    empty = mosaic.write(folder, plan["width"], plan["height"], bands, [], scene)
    source = gdal.OpenEx(empty, gdal.OF_RASTER, allowed_drivers=["VRT"])
    mosaic.set_datetime(source, plan)
    gdal.GetDriverByName("GTiff").CreateCopy(REFERENCE, source, options=options(plan, overviews.dtype(bands[0]["type"]))).FlushCache()
    file = gdal.VSIFOpenL(REFERENCE, "rb")

    def read_at(offset, length):
        gdal.VSIFSeekL(file, offset, 0)
        return bytes(gdal.VSIFReadL(1, length, file) or b"")

    try:
        return directories.read(read_at, gdal.VSIStatL(REFERENCE).size, plan["width"], plan["height"], needed=None)[0]
    finally:
        gdal.VSIFCloseL(file)
        gdal.Unlink(REFERENCE)


# ---- what the tiles carry ---------------------------------------------------------------------------------------


def scan(tile, reference, bands, kind, files):
    """Reads the directories of a tile."""
    try:
        with files.open(tile) as file:
            size = os.fstat(file.fileno()).st_size
            levels = directories.read(lambda offset, length: pread(file, offset, length), size, tile.width, tile.height)
        for directory in levels:
            if directories.coding(directory) != directories.coding(reference):
                raise NotCopyable("its blocks are not coded as those of the product: its type, bands, compression or predictor differ")
        if not same_nodata(directories.text(levels[0], tiff.NODATA), bands[0]["nodata"]):
            raise NotCopyable(f"its nodata is not {bands[0]['nodata']}")
        metadata = directories.metadata(levels[0])
        statistics = figures.of_tile(metadata.get(figures.ITEM), kind, len(bands), tile.width * tile.height)
        if statistics is None:
            raise NotCopyable(f"it has no usable {figures.ITEM}")
    except OSError as error:
        raise NotCopyable(f"tile {tile.number}: it cannot be read: {error}")
    except NotCopyable as error:
        raise NotCopyable(f"tile {tile.number}: {error}")
    return Scanned(tile, levels, metadata, statistics)


def pread(file, offset, length):
    data = os.pread(file.fileno(), length, offset)
    if len(data) < length:
        raise NotCopyable("it has become shorter")
    return data


def same_nodata(said, nodata):
    """Whether the text in a file is the number; both may be None."""
    if said is None or nodata is None:
        return said is None and nodata is None
    try:
        return said == str(nodata) or float(said) == nodata or (np.isnan(float(said)) and bool(np.isnan(nodata)))
    except ValueError:
        return False


def usable_levels(found, width, height):
    """How many overviews of a tile are parts of the product's: as many as it has, and as end at blocks of the product."""
    x, y, right, bottom = found.tile.x, found.tile.y, found.tile.x + found.tile.width, found.tile.y + found.tile.height
    level = len(found.levels) - 1
    while level >= 0:
        step = tiff.BLOCK << level
        if x % step == y % step == 0 and (right == width or right % step == 0) and (bottom == height or bottom % step == 0):
            return level
        level -= 1
    raise NotCopyable(f"tile {found.tile.number}: its edges are no multiples of {tiff.BLOCK} pixels")


def place(counts, tile, directory, level):
    row, column = (tile.y >> level) // tiff.BLOCK, (tile.x >> level) // tiff.BLOCK
    rows, columns = directory.counts.shape
    counts[row:row + rows, column:column + columns] = directory.counts


# ---- what is computed, and the file -----------------------------------------------------------------------------


def write_levels(plan, bands, tiles, level, folder, reference):
    """The levels above `level`, in files of GDAL's: [(path, directory)]."""
    path = mosaic.write(folder, plan["width"], plan["height"], bands, tiles, [], level)
    paths = upper_levels.write(folder, gdal.OpenEx(path, gdal.OF_RASTER, allowed_drivers=["VRT"]), bands, plan["resampling"],
                               mosaic.has_data(tiles, level), options(plan, overviews.dtype(bands[0]["type"])), threads())
    found = []
    for path, size in zip(paths, cog.sizes(plan["width"], plan["height"])[level + 1:]):
        with open(path, "rb") as file:
            directory = directories.read(lambda offset, length: pread(file, offset, length), os.path.getsize(path), *size)[0]
        if directories.coding(directory) != directories.coding(reference):
            raise NotCopyable("GDAL codes overviews of this type in another way")
        found.append((path, directory))
    return found


def write(path, layout, level, scanned, computed, files):
    """Writes the file; gives the numbers of the tiles that are not what their evidence says."""
    with open(path, "wb") as file, ThreadPoolExecutor(threads()) as pool:
        def write_at(data, offset):
            while data:
                written = os.pwrite(file.fileno(), data, offset)
                data, offset = data[written:], offset + written

        def copy_tile(found):
            return None if copy(layout, write_at, level, found, files) else found.tile.number

        write_at(layout.header, 0)
        for number, (source, directory) in enumerate(computed, level + 1):
            with open(source, "rb") as blocks:
                layout.copy(write_at, lambda offset, length: pread(blocks, offset, length), directory, number, 0, 0)
        bad = [number for number in pool.map(copy_tile, scanned) if number is not None]
        if not bad and os.fstat(file.fileno()).st_size != layout.size:
            raise RuntimeError(f"{path} has {os.fstat(file.fileno()).st_size} bytes instead of {layout.size}")
    return bad


def copy(layout, write_at, level, found, files):
    """Copies a tile's blocks from the bytes whose SHA-256 is that of the evidence; False if it is another."""
    tile = found.tile
    try:
        with files.open(tile) as file:
            size = os.fstat(file.fileno()).st_size
            if size <= IN_MEMORY:
                content = memoryview(file.read(size))
                digest = hashlib.sha256(content)
                read_at = lambda offset, length: bytes(content[offset:offset + length])
            else:  # whether it was changed between the two looks, its ctime tells at the end
                digest = hashlib.sha256()
                while part := file.read(1 << 20):
                    digest.update(part)
                read_at = lambda offset, length: pread(file, offset, length)
            if not files.matches(tile, digest.hexdigest()):
                return False
            again = directories.read(read_at, size, tile.width, tile.height)
            for number in range(level + 1):
                if not cog.same_blocks(again[number], found.levels[number]):
                    return False
                layout.copy(write_at, read_at, again[number], number,
                            (tile.x >> number) // tiff.BLOCK, (tile.y >> number) // tiff.BLOCK)
    except NotCopyable:
        return False
    return True
