"""Makes the levels of a product above those that its tiles carry, by the rules of swath_overviews.py or as GDAL makes them."""
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from osgeo import gdal

import swath_overviews as overviews
from swath_tiff import BLOCK

PIECE = BLOCK  # pixels that are made at once, in each direction
MOST_PIECES = 128 << 20  # bytes of the pixels that all threads read at once
COLOURS = {gdal.GetColorInterpretationName(number): number for number in range(gdal.GCI_YCbCr_CrBand + 1)}
WIDE_OPTIONS = ("TILED=YES", f"BLOCKXSIZE={BLOCK}", f"BLOCKYSIZE={BLOCK}", "COMPRESS=LZW", "INTERLEAVE=BAND", "BIGTIFF=IF_SAFER", "SPARSE_OK=TRUE")


def write(folder, source, bands, resampling, has_data, options=WIDE_OPTIONS, threads=1):
    """Writes the levels above a dataset as files in a folder; their paths, the largest level first.

    Memory does not grow with the dataset. Windows of the dataset without data, by `has_data(x, y, width, height)`, are not
    read and take no place in the files. Each thread makes other pieces, and opens the dataset by its path for itself."""
    paths, width, height = [], source.RasterXSize, source.RasterYSize
    piece_bytes = 4 * PIECE ** 2 * len(bands) * overviews.dtype(bands[0]["type"]).itemsize
    with ThreadPoolExecutor(max(1, min(threads, MOST_PIECES // piece_bytes))) as pool:
        while max(width, height) > BLOCK:
            width, height = (width + 1) // 2, (height + 1) // 2
            path = os.path.join(folder, f"level-{len(paths) + 1}.tif")
            level = gdal.GetDriverByName("GTiff").Create(
                path, width, height, len(bands), gdal.GetDataTypeByName(bands[0]["type"]), options)
            for number, band in enumerate(bands, 1):
                if band["nodata"] is not None:
                    level.GetRasterBand(number).SetNoDataValue(band["nodata"])
            if masked(source):
                gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
                level.CreateMaskBand(gdal.GMF_PER_DATASET)
            holes = all(band["nodata"] is None or overviews.exact_nodata(band["nodata"], overviews.dtype(band["type"])) is not None
                        for band in bands)
            pieces = [(x, y, min(PIECE, width - x), min(PIECE, height - y))
                      for y in range(0, height, PIECE) for x in range(0, width, PIECE)]
            fill = Filling(source.GetDescription(), level, bands, resampling)
            list(pool.map(fill, [piece for piece in pieces if not holes or has_data(*(2 * number for number in piece))]))
            level.FlushCache()
            level = fill = None  # closes the file
            source = gdal.OpenEx(path, gdal.OF_RASTER, allowed_drivers=["GTiff"])
            has_data = in_file(source)
            paths.append(path)
    return paths


class Filling:
    """Makes pieces of a level from the dataset below it, in threads beside each other."""

    def __init__(self, path, level, bands, resampling):
        self.path, self.level, self.bands, self.resampling = path, level, bands, resampling
        self.opened, self.writing = threading.local(), threading.Lock()

    def __call__(self, piece):
        if not hasattr(self.opened, "source"):
            self.opened.source = gdal.OpenEx(self.path, gdal.OF_RASTER, allowed_drivers=["GTiff", "VRT"])
        made, mask = (wide if overviews.needed(self.bands) else as_gdal)(self.opened.source, self.bands, self.resampling, *piece)
        with self.writing:
            for number, pixels in enumerate(made, 1):
                self.level.GetRasterBand(number).WriteArray(pixels, *piece[:2])
            if mask is not None:
                self.level.GetRasterBand(1).GetMaskBand().WriteArray(mask, *piece[:2])


def masked(dataset):
    return dataset.GetRasterBand(1).GetMaskFlags() == gdal.GMF_PER_DATASET


def in_file(dataset):
    """A function of a window, of which a part may lie outside the dataset: whether the file has data there."""
    def has_data(x, y, width, height):
        width, height = min(width, dataset.RasterXSize - x), min(height, dataset.RasterYSize - y)
        flags = [dataset.GetRasterBand(number).GetDataCoverageStatus(x, y, width, height)[0]
                 for number in range(1, dataset.RasterCount + 1)]
        return any(flag != gdal.GDAL_DATA_COVERAGE_STATUS_EMPTY for flag in flags)

    return has_data


def read(band, x, y, width, height, margin):
    """A window and `margin` pixels around it, with a mask of the pixels inside the band."""
    left, top = max(x - margin, 0), max(y - margin, 0)
    right, bottom = min(x + width + margin, band.XSize), min(y + height + margin, band.YSize)
    values = band.ReadAsArray(left, top, right - left, bottom - top)
    padding = ((top - y + margin, y + height + margin - bottom), (left - x + margin, x + width + margin - right))
    return np.pad(values, padding), np.pad(np.ones(values.shape, bool), padding)


def wide(source, bands, resampling, x, y, width, height):
    """A piece of each band of the next level, and its mask if the source has one."""
    margin = 0 if resampling in ("MODE", "NEAREST") else int(2 * overviews.KERNELS[resampling][1]) - 1
    window = 2 * x, 2 * y, 2 * width, 2 * height, margin
    mask = read(source.GetRasterBand(1).GetMaskBand(), *window)[0] if masked(source) else None
    known, made = np.zeros((height, width), bool), []
    for number, described in enumerate(bands, 1):
        values, good = read(source.GetRasterBand(number), *window)
        if mask is not None:
            good &= mask != 0
        if resampling == "NEAREST":
            known |= good[::2, ::2]
            made.append(values[::2, ::2])
            continue
        exact = overviews.exact_nodata(described["nodata"], values.dtype)
        result, present = overviews.reduced(values, overviews.valid(values, exact) & good, resampling, margin)
        known |= present
        made.append(overviews.fitted(result, present, values.dtype, exact))
    return made, None if mask is None else known.astype(np.uint8) * 255


def as_gdal(source, bands, resampling, x, y, width, height):
    """The same as `gdaladdo` makes it. A last row or column without a pair is taken twice, so that each pixel is made of 2 x 2."""
    right, bottom = min(2 * (x + width), source.RasterXSize), min(2 * (y + height), source.RasterYSize)
    values = source.ReadAsArray(2 * x, 2 * y, right - 2 * x, bottom - 2 * y).reshape(len(bands), bottom - 2 * y, right - 2 * x)
    values = np.pad(values, ((0, 0), (0, values.shape[1] % 2), (0, values.shape[2] % 2)), "edge")
    memory = gdal.GetDriverByName("MEM").Create("", values.shape[2], values.shape[1], len(bands), source.GetRasterBand(1).DataType)
    for number, described in enumerate(bands, 1):
        band = memory.GetRasterBand(number)
        if described["nodata"] is not None:
            band.SetNoDataValue(described["nodata"])
        if described["palette"]:
            table = gdal.ColorTable()
            for index, colours in enumerate(described["palette"]):
                table.SetColorEntry(index, colours)
            band.SetColorTable(table)
        elif described["colour"]:
            band.SetColorInterpretation(COLOURS.get(described["colour"], gdal.GCI_Undefined))
        band.WriteArray(values[number - 1])
    memory.BuildOverviews(resampling, [2])
    return [memory.GetRasterBand(number).GetOverview(0).ReadAsArray() for number in range(1, len(bands) + 1)], None
