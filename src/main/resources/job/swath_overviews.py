"""Overviews of the types of pixels that GDAL reduces in float32: Int32, UInt32, Float64 and 64-bit integers.

In float32 a nodata of -999999999 or -1e30 is another number, which GDAL then takes for data and averages; and 1e200 is
infinite. Here each level is made from the one before in float64, from valid pixels alone: a pixel is valid when it is
finite and not the nodata. A level's size is half of the one before, rounded up.
"""
import os

import numpy as np
from osgeo import gdal, gdal_array

from swath_tiff import BLOCK

NARROW = ("Byte", "Int8", "UInt16", "Int16", "Float32", "CInt16", "CInt32", "CFloat32", "CFloat64")
PIECE = BLOCK  # pixels that are made at once, in each direction
COLOURS = {gdal.GetColorInterpretationName(number): number for number in range(gdal.GCI_YCbCr_CrBand + 1)}
WIDE_OPTIONS = ("TILED=YES", f"BLOCKXSIZE={BLOCK}", f"BLOCKYSIZE={BLOCK}", "COMPRESS=LZW", "INTERLEAVE=BAND", "BIGTIFF=IF_SAFER", "SPARSE_OK=TRUE")


def cubic(x):
    """Cubic convolution with a = -0.5 (Keys 1981), as GDAL's CUBIC."""
    return np.where(x <= 1, (1.5 * x - 2.5) * x * x + 1, np.where(x < 2, ((-0.5 * x + 2.5) * x - 4) * x + 2, 0))


def spline(x):
    return np.where(x <= 1, 2 / 3 - x * x * (1 - x / 2), np.where(x < 2, (2 - x) ** 3 / 6, 0))


def lanczos(x):
    return np.where(x < 3, np.sinc(x) * np.sinc(x / 3), 0)


KERNELS = {  # weight by distance in pixels of the new level, and the radius
    "AVERAGE": (lambda x: np.where(x < 0.5, 1.0, 0.0), 0.5), "RMS": (lambda x: np.where(x < 0.5, 1.0, 0.0), 0.5),
    "BILINEAR": (lambda x: np.maximum(1 - x, 0), 1), "CUBIC": (cubic, 2), "CUBICSPLINE": (spline, 2),
    "LANCZOS": (lanczos, 3)}


def exact_nodata(nodata, kind):
    """The nodata as a value of a numpy type; None if there is none, or if no pixel of the type can have it."""
    if nodata is None or kind.kind == "c":
        return None
    if kind.kind == "f":
        with np.errstate(over="ignore"):
            typed = kind.type(nodata)
        return None if np.isinf(typed) and np.isfinite(nodata) else typed
    if not np.isfinite(nodata) or nodata != int(nodata):
        return None
    limits = np.iinfo(kind)
    return kind.type(int(nodata)) if limits.min <= nodata <= limits.max else None


def valid(values, nodata):
    """Which pixels are finite and not the nodata, which `exact_nodata` gave."""
    good = np.isfinite(values)
    if nodata is not None and not np.isnan(nodata):
        good &= values != nodata
    return good


def weighted(array, weights):
    """Sums of neighbours with these weights, for every second row and then every second column."""
    taps = len(weights)
    rows, columns = ((length - taps) // 2 + 1 for length in array.shape)
    array = sum(weight * array[k:k + 2 * rows - 1:2] for k, weight in enumerate(weights))
    return sum(weight * array[:, k:k + 2 * columns - 1:2] for k, weight in enumerate(weights))


def most_frequent(values, good):
    """Of each 2 x 2 pixels the valid value that occurs most, of equally many the first; and whether there is one."""
    cells = [(values[y::2, x::2], good[y::2, x::2]) for y in (0, 1) for x in (0, 1)]
    best, most = cells[0][0].copy(), np.zeros(cells[0][0].shape, np.int8)
    for value, present in cells:
        votes = sum((present & other & (value == again)).astype(np.int8) for again, other in cells)
        best, most = np.where(votes > most, value, best), np.maximum(votes, most)
    return best, most > 0


def reduced(values, good, resampling, margin):
    """The next level of an array that has `margin` more pixels on each side, and which of its pixels are valid."""
    if resampling == "MODE":
        return most_frequent(values, good)
    wide = np.longdouble if resampling == "RMS" else np.float64  # squares of 1e200 need more range
    kernel, _ = KERNELS[resampling]
    weights = kernel(np.abs(np.arange(-margin - 0.5, margin + 1)) / 2)
    weights = weights / weights.sum()
    known = np.where(good, values, 0).astype(wide)
    share = weighted(good.astype(np.float64), weights)
    centre = good[margin:good.shape[0] - margin, margin:good.shape[1] - margin]
    present = centre[::2, ::2] | centre[1::2, ::2] | centre[::2, 1::2] | centre[1::2, 1::2]
    present &= share > 0.05  # kernels with negative weights may leave nothing
    with np.errstate(all="ignore"):
        result = weighted(known * known if resampling == "RMS" else known, weights) / share
        return np.sqrt(result) if resampling == "RMS" else result, present


def fitted(result, present, kind, nodata):
    """As pixels of the level; a valid pixel never becomes the nodata by chance."""
    fill = kind.type(0 if kind.kind in "iu" else np.nan) if nodata is None else nodata
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        if result.dtype.kind == "f":  # the largest 64-bit integer is no float64
            largest = np.nextafter(float(limits.max), 0) if float(limits.max) > limits.max else limits.max
            result = np.clip(np.rint(np.where(present, result, 0)), limits.min, largest)
        pixels = result.astype(kind)
        beside = None if nodata is None else kind.type(int(nodata) + (1 if nodata < limits.max else -1))
    else:
        with np.errstate(all="ignore"):
            pixels = result.astype(kind)
        beside = None if nodata is None or not np.isfinite(nodata) else np.nextafter(nodata, kind.type(0) if nodata else kind.type(1))
    if beside is not None:
        pixels = np.where(pixels == nodata, beside, pixels)
    return np.where(present, pixels, fill)


def read(band, x, y, width, height, margin):
    """A window and `margin` pixels around it, with a mask of the pixels inside the band."""
    left, top = max(x - margin, 0), max(y - margin, 0)
    right, bottom = min(x + width + margin, band.XSize), min(y + height + margin, band.YSize)
    values = band.ReadAsArray(left, top, right - left, bottom - top)
    padding = ((top - y + margin, y + height + margin - bottom), (left - x + margin, x + width + margin - right))
    return np.pad(values, padding), np.pad(np.ones(values.shape, bool), padding)


def dtype(name):
    """GDAL's type as that of numpy."""
    return np.dtype(gdal_array.GDALTypeCodeToNumericTypeCode(gdal.GetDataTypeByName(name)))


def needed(bands):
    """Whether GDAL would make wrong overviews of these bands, with its nearest neighbour too."""
    return any(band["type"] not in NARROW for band in bands)


def write(folder, source, bands, resampling, has_data, options=WIDE_OPTIONS):
    """Writes the levels above a dataset as files in a folder; their paths, the largest level first.

    Memory does not grow with the dataset. Windows of the dataset without data, by `has_data(x, y, width, height)`, are not
    read and take no place in the files."""
    paths, width, height = [], source.RasterXSize, source.RasterYSize
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
        fill = fill_wide if needed(bands) else fill_as_gdal
        holes = all(band["nodata"] is None or exact_nodata(band["nodata"], dtype(band["type"])) is not None for band in bands)
        for y in range(0, height, PIECE):
            for x in range(0, width, PIECE):
                piece = x, y, min(PIECE, width - x), min(PIECE, height - y)
                if not holes or has_data(*(2 * number for number in piece)):
                    fill(level, source, bands, resampling, *piece)
        level.FlushCache()
        source, has_data = level, in_file(level)
        paths.append(path)
    return paths


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


def fill_wide(level, source, bands, resampling, x, y, width, height):
    margin = 0 if resampling in ("MODE", "NEAREST") else int(2 * KERNELS[resampling][1]) - 1
    window = 2 * x, 2 * y, 2 * width, 2 * height, margin
    mask = read(source.GetRasterBand(1).GetMaskBand(), *window)[0] if masked(source) else None
    known = np.zeros((height, width), bool)
    for number, described in enumerate(bands, 1):
        band = level.GetRasterBand(number)
        values, good = read(source.GetRasterBand(number), *window)
        if mask is not None:
            good &= mask != 0
        if resampling == "NEAREST":
            known |= good[::2, ::2]
            band.WriteArray(values[::2, ::2], x, y)
            continue
        exact = exact_nodata(described["nodata"], values.dtype)
        result, present = reduced(values, valid(values, exact) & good, resampling, margin)
        known |= present
        band.WriteArray(fitted(result, present, values.dtype, exact), x, y)
    if mask is not None:
        level.GetRasterBand(1).GetMaskBand().WriteArray(known.astype(np.uint8) * 255, x, y)


def fill_as_gdal(level, source, bands, resampling, x, y, width, height):
    """As `gdaladdo` fills it. A last row or column without a pair is taken twice, so that each pixel is made of 2 x 2."""
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
    for number in range(1, len(bands) + 1):
        level.GetRasterBand(number).WriteArray(memory.GetRasterBand(number).GetOverview(0).ReadAsArray(), x, y)
