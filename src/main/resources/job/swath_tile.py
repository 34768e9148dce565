"""For the scripts of recipes: the tile's window, the bands of the scene, and a writer for the tile.

    scene = swath_tile.scene()
    with swath_tile.Tile(scene, np.int16, nodata=-32768, names=["ndvi"]) as tile:
        for x, y, width, rows in tile.strips():
            red, red_valid = swath_tile.read(scene.GetRasterBand(1), x, y, width, rows)
            ...
            tile.write(index, y)

job.sh puts the folder of this file into PYTHONPATH. The last step's tile gets what the assembly needs to copy it as it is:
the product's blocks, compression and predictor, overviews and statistics. Each pixel is compressed once, and read never
again. docs/recipes.md describes the use.
"""
import os

import numpy as np
from osgeo import gdal, gdal_array

import swath_exchange as exchange
import swath_gpu
import swath_overviews as overviews
import swath_plain_tiff as plain_tiff
from swath_statistics import Statistics
from swath_tiff import BLOCK, MOST_BLOCK, ONE_CELL, levels

gdal.UseExceptions()
STRIP = BLOCK  # rows, so that every strip writes whole blocks


def environment(*names):
    return [int(os.environ["SWATH_" + name]) for name in names]


def profile():
    """What the product needs: compression, resampling, the most overviews, and the nodata of a tile that has none (or None).
    None in a step that is not the last: only the next step reads its output."""
    text = os.environ.get("SWATH_PROFILE", "DEFLATE AVERAGE 2")
    if not text:
        return None
    compress, resampling, most, *nodata = text.split(" ")
    return compress, resampling, int(most), float(nodata[0]) if nodata else None


def window():
    """x, y, width and height of what the step writes: the tile, or with its overlap if another step follows."""
    return environment("CORE_X", "CORE_Y", "CORE_WIDTH", "CORE_HEIGHT") if profile() else environment("X", "Y", "WIDTH", "HEIGHT")


def scene(path=None):
    """SWATH_INPUT, or another dataset of Swath's, opened by GDAL."""
    return gdal.OpenEx(path or os.environ["SWATH_INPUT"], gdal.OF_RASTER, allowed_drivers=["VRT", "GTiff"])


def read(band, x, y, width, height, kind=np.float64):
    """A window's physical values (scale and offset applied), and where they are valid."""
    stored = band.ReadAsArray(x, y, width, height)
    values = stored.astype(kind)
    scale, offset = band.GetScale(), band.GetOffset()
    if scale not in (None, 1.0):
        values *= kind(scale)
    if offset:
        values += kind(offset)
    if band.GetMaskFlags() == gdal.GMF_NODATA and stored.dtype.kind in "iu":
        nodata = overviews.exact_nodata(band.GetNoDataValue(), stored.dtype)
        return values, np.ones(stored.shape, bool) if nodata is None else stored != nodata
    valid = np.ones(stored.shape, bool)
    if band.GetMaskFlags() != gdal.GMF_ALL_VALID:
        valid = band.GetMaskBand().ReadAsArray(x, y, width, height) != 0
    return values, valid & np.isfinite(values) if stored.dtype.kind == "f" else valid


def empty():
    """Says that the tile has no valid pixel. Tile does it by itself."""
    with open(os.environ["SWATH_EMPTY"], "w"):
        pass


def note(text):
    """Keeps a line in the accounting record; of several tasks, that of task 0."""
    if exchange.TASK:
        return
    with open(os.environ["SWATH_NOTE"], "w") as file:
        file.write(text + "\n")


def half(values, nodata, resampling, colours=None):
    """Each 2 x 2 pixels as one, sizes rounded up: GDAL's own numbers, or those of `overviews` for its types. `colours`: the
    colour table of a band, because GDAL averages colours."""
    kind = values.dtype
    rows, columns = values.shape[0] % 2, values.shape[1] % 2
    if resampling == "NEAREST":
        return np.ascontiguousarray(values[::2, ::2])
    if gdal.GetDataTypeName(gdal_array.NumericTypeCodeToGDALTypeCode(kind)) not in overviews.NARROW:
        exact = overviews.exact_nodata(nodata, kind)
        good = np.pad(overviews.valid(values, exact), ((0, rows), (0, columns)))
        result, present = overviews.reduced(np.pad(values, ((0, rows), (0, columns))), good, resampling, 0)
        return overviews.fitted(result, present, kind, exact)
    if rows or columns:  # a cell at the edge has fewer pixels: repeating them changes no mean and no mode
        values = np.pad(values, ((0, rows), (0, columns)), "edge")
    values = np.ascontiguousarray(values)
    result = np.empty((values.shape[0] // 2, values.shape[1] // 2), kind)
    source, target = in_memory(values, nodata, colours), in_memory(result, nodata, colours)
    gdal.RegenerateOverview(source.GetRasterBand(1), target.GetRasterBand(1), resampling)
    target.FlushCache()
    return result


def in_memory(array, nodata, colours):
    """A dataset whose pixels are those of the array itself, which must outlive it."""
    made = gdal.GetDriverByName("MEM").Create("", array.shape[1], array.shape[0], 0)
    made.AddBand(gdal_array.NumericTypeCodeToGDALTypeCode(array.dtype), [f"DATAPOINTER={array.ctypes.data}"])
    if nodata is not None:
        made.GetRasterBand(1).SetNoDataValue(nodata)
    if colours:
        made.GetRasterBand(1).SetColorTable(colours)
    return made


class Tile:
    """Writes the tile, in the window that the step has to write.

    `kind`: the numpy type of its pixels. `names`: the description of each band; else `bands` is their number.
    `describe(dataset)`: sets scale, offset, colours and the like of the new GeoTIFF, before pixels are written.
    `metadata`: items that the finished tile gets. A tile in which no pixel of any band is valid becomes an empty tile. Strips
    that are not written have no data.

    In a step of several tasks, each task gets a part of the strips. What the other tasks write, task 0 puts into the GeoTIFF."""

    keep_empty = False
    added_up = "SWATH_VALID_PIXELS", "SWATH_OUTSIDE_RANGE"  # items of which the tasks have a part each

    def __init__(self, scene, kind, nodata, names=(), bands=None, describe=None, path=None, place=None):
        self.x, self.y, self.width, self.height = place or window()
        self.scene, self.kind, self.nodata, self.names = scene, np.dtype(kind), nodata, names
        if nodata is None and profile() is not None:
            self.nodata = profile()[3]
        self.bands, self.describe, self.path = bands or len(names) or 1, describe, path or os.environ["SWATH_OUTPUT"]
        self.metadata, self.output, self.levels, self.written = {}, None, 0, set()
        self.exact = overviews.exact_nodata(self.nodata, self.kind)
        self.statistics = [Statistics() for _ in range(self.bands)]

    def __enter__(self):
        return self

    def __exit__(self, failed, *_):
        swath_gpu.report()  # the script still has the memory of the GPU that it used
        if failed is None:
            self.finish()

    def strips(self):
        """x, y, width and height of strips of whole blocks, in the scene's pixels."""
        for top in exchange.mine(range(0, self.height, STRIP)):
            yield self.x, self.y + top, self.width, min(STRIP, self.height - top)

    def write(self, values, y=None):
        """Writes a strip of `strips()`, or the whole tile: [rows, columns], or [bands, rows, columns]."""
        values = np.asarray(values).astype(self.kind, copy=False)
        values = values.reshape(self.bands, -1, self.width)
        top = 0 if y is None else y - self.y
        if top % STRIP or top + values.shape[1] != self.height and values.shape[1] % STRIP:
            raise ValueError(f"rows {top} to {top + values.shape[1]} are not strips of {STRIP} rows: take them from strips()")
        for first in range(0, values.shape[1], STRIP):
            strip = np.ascontiguousarray(values[:, first:first + STRIP])
            if exchange.TASK:
                self._give(strip, top + first)
            elif exchange.TASKS == 1 or (top + first) // STRIP % exchange.TASKS == 0:  # else another task's, of a whole tile
                self._write(strip, top + first)

    def _give(self, values, top):
        """To task 0, if the strip is this task's."""
        if top // STRIP % exchange.TASKS == exchange.TASK:
            self._once(top)
            exchange.put(f"strip-{top}", values)

    def _take(self):
        """What the other tasks have written, in task 0."""
        for task in range(1, exchange.TASKS):
            for top in exchange.get("strips", task):
                self._write(exchange.get(f"strip-{top}", task), int(top))
            for name, value in zip(self.added_up, exchange.get("items", task)):
                if name in self.metadata:
                    self.metadata[name] = str(int(self.metadata[name]) + int(value))

    def _once(self, top):
        if top in self.written:
            raise ValueError(f"the strip from row {top} was written before: write each strip once")
        self.written.add(top)

    def _write(self, values, top):
        self._once(top)
        before = self.count
        for plane, statistics in zip(values, self.statistics):
            statistics.add(plane, lambda: overviews.valid(plane, self.exact), self.exact)
        if self.output is None and self.count == before and self.exact is not None:
            return  # no valid pixel so far
        self.output = self.output or self._create()
        self.output.WriteArray(values if self.bands > 1 else values[0], 0, top)
        colours = [self.output.GetRasterBand(band + 1).GetColorTable() for band in range(self.bands)]
        for level in range(self.levels):
            top = top // 2
            values = np.stack([half(plane, self.nodata, self.resampling, table) for plane, table in zip(values, colours)])
            for number, plane in enumerate(values, 1):
                self.output.GetRasterBand(number).GetOverview(level).WriteArray(plane, 0, top)

    @property
    def count(self):
        """The valid pixels so far, of all bands together."""
        return sum(statistics.count for statistics in self.statistics)

    def _create(self):
        """An empty GeoTIFF for the window."""
        options = ["TILED=YES", f"BLOCKXSIZE={BLOCK}", f"BLOCKYSIZE={BLOCK}", "BIGTIFF=IF_SAFER", "SPARSE_OK=TRUE"]
        interleaved = self.bands * self.kind.itemsize * BLOCK * BLOCK <= MOST_BLOCK
        if profile() is None:
            options += ["INTERLEAVE=BAND", *quick()]
        else:
            compress, self.resampling, most, _ = profile()
            options += ["INTERLEAVE=" + ("PIXEL" if interleaved else "BAND"), "COMPRESS=" + compress]
            if compress in ("DEFLATE", "LZW", "ZSTD") and self.kind.kind != "c":
                options.append("PREDICTOR=" + ("3" if self.kind.kind == "f" else "2"))
            if interleaved and self.resampling in ONE_CELL and self.kind.kind != "c":
                self.levels = levels(self.x, self.y, most)
        output = gdal.GetDriverByName("GTiff").Create(
            self.path, self.width, self.height, self.bands, gdal_array.NumericTypeCodeToGDALTypeCode(self.kind), options)
        self.georeference(output)
        for number in range(1, self.bands + 1):
            if self.nodata is not None:
                output.GetRasterBand(number).SetNoDataValue(self.nodata)
            if number <= len(self.names):
                output.GetRasterBand(number).SetDescription(self.names[number - 1])
        if self.describe:
            self.describe(output)
        if self.levels:
            gdal.SetConfigOption("GDAL_TIFF_OVR_BLOCKSIZE", str(BLOCK))
            gdal.SetConfigOption("SPARSE_OK_OVERVIEW", "YES")
            output.BuildOverviews("NONE", [2 << level for level in range(self.levels)])
        return output

    def georeference(self, output):
        """The scene's grid, its origin moved to the window's corner."""
        transform = self.scene.GetGeoTransform(can_return_null=True)
        if transform:
            a, b, c, d, e, f = transform  # b, c, e, f rotate and shear a scene that is not north-up
            output.SetGeoTransform((a + self.x * b + self.y * c, b, c, d + self.x * e + self.y * f, e, f))
        if self.scene.GetSpatialRef():
            output.SetSpatialRef(self.scene.GetSpatialRef())

    def finish(self):
        if exchange.TASK:
            exchange.put("items", np.array([int(self.metadata.get(name, 0)) for name in self.added_up], np.int64))
            exchange.put("strips", np.array(sorted(self.written), np.int64))
            return
        self._take()
        if self.output is None or not self.count and not self.keep_empty:
            if self.output:
                self.output = None
                os.remove(self.path)
            empty()
            return
        if self.exact is None and self.written != set(range(0, self.height, STRIP)):
            raise ValueError("the tile has no nodata, so all strips must be written")
        self._close()
        if profile() is not None and "SWATH_SCRATCH" in os.environ and self.path == os.environ.get("SWATH_OUTPUT"):
            remember(self.path)

    def _close(self):
        if profile() is not None:
            self.metadata["SWATH_STATISTICS"] = "[" + ", ".join(one.json() for one in self.statistics) + "]"
        for name, value in self.metadata.items():
            self.output.SetMetadataItem(name, value)
        self.output.FlushCache()  # raises an error when the disk is full; closing alone does not
        self.output = None


def remember(path):
    """Writes down which file Tile has finished. check_output.py believes overviews and statistics of this file alone: when a
    script opens it again and writes pixels, GDAL updates neither."""
    found = os.stat(path)
    # A write at once may get the same time as the one before, as clocks of file systems are coarse. None gets an earlier time.
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns - 2 * 10**9))
    with open(os.path.join(os.environ["SWATH_SCRATCH"], ".tile"), "w") as file:
        file.write(plain_tiff.identity(os.stat(path)))


def quick():
    """Creation options for what only the next step reads."""
    zstd = "ZSTD" in gdal.GetDriverByName("GTiff").GetMetadataItem("DMD_CREATIONOPTIONLIST")
    return ["COMPRESS=ZSTD", "ZSTD_LEVEL=1"] if zstd else ["COMPRESS=DEFLATE", "ZLEVEL=1"]
