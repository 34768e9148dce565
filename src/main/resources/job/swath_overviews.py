"""Overviews of the types of pixels that GDAL reduces in float32: Int32, UInt32, Float64 and 64-bit integers.

In float32 a nodata of -999999999 or -1e30 is another number, which GDAL then takes for data and averages; and 1e200 is
infinite. Here each level is made from the one before in float64, from valid pixels alone: a pixel is valid when it is
finite and not the nodata. A level's size is half of the one before, rounded up.
"""
import numpy as np
from osgeo import gdal, gdal_array

NARROW = ("Byte", "Int8", "UInt16", "Int16", "Float32", "CInt16", "CInt32", "CFloat32", "CFloat64")


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


def dtype(name):
    """GDAL's type as that of numpy."""
    return np.dtype(gdal_array.GDALTypeCodeToNumericTypeCode(gdal.GetDataTypeByName(name)))


def needed(bands):
    """Whether GDAL would make wrong overviews of these bands, with its nearest neighbour too."""
    return any(band["type"] not in NARROW for band in bands)
