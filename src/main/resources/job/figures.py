"""Statistics of a product: summed from those that the tiles carry, or computed from its pixels.

A tile carries them in the item SWATH_STATISTICS of its metadata: a JSON list with an object for each band. For whole numbers it
is {"count": n, "minimum": a, "maximum": b, "sum": s, "squares": q} with exact integers, for floats {"count", "minimum",
"maximum", "mean", "m2"} (m2: the sum of squared differences from the mean), for complex numbers {"count"}. A band without a
valid pixel has a count of 0 alone. A job wrote them, so they are taken only where they can be true.
"""
import json
import math

import numpy as np
from osgeo import gdal

import swath_overviews as overviews

ITEM = "SWATH_STATISTICS"


def of_tile(text, kind, bands, pixels):
    """The statistics of a tile's bands, or None if the text holds none that can be true. `kind`: numpy's type."""
    try:
        said = json.loads(text or "", parse_float=np.longdouble, parse_constant=wrong)  # sums of squares of 1e200 too
    except (ValueError, RecursionError):
        return None
    possible = isinstance(said, list) and len(said) == bands and all(
        isinstance(band, dict) and can_be_true(band, kind, pixels) for band in said)
    return said if possible else None


def wrong(text):
    raise ValueError(text)


def can_be_true(band, kind, pixels):
    count = band.get("count")
    if type(count) is not int or not 0 <= count <= pixels:
        return False
    if count == 0 or kind.kind == "c":
        return True
    values = [band.get(name) for name in ("minimum", "maximum", *(("sum", "squares") if kind.kind in "iu" else ("mean", "m2")))]
    if kind.kind in "iu":
        if any(type(value) is not int for value in values):
            return False
        low, high, total, squares = values
        limits = np.iinfo(kind)
        return (limits.min <= low <= high <= limits.max and count * low <= total <= count * high
                and total * total <= count * squares <= count * count * max(low * low, high * high))
    if any(type(value) not in (int, np.longdouble) for value in values):
        return False
    low, high, mean, m2 = (np.longdouble(value) for value in values)
    near = 1e-9 * max(abs(low), abs(high))
    most = np.finfo(kind).max
    return bool(np.isfinite([mean, m2]).all() and -most <= low <= high <= most
                and low - near <= mean <= high + near and m2 >= 0)


def summed(tiles, kind, bands, pixels):
    """The statistics of each band of a product of so many pixels, from those of its tiles. Sums of whole numbers are exact;
    those of floats are combined as by Chan, Golub and LeVeque (1979)."""
    return [of_band([tile[band] for tile in tiles if tile[band]["count"]], kind, pixels) for band in range(bands)]


def of_band(parts, kind, pixels):
    count = sum(part["count"] for part in parts)
    result = {"valid_percent": round(100.0 * count / pixels, 4)}
    if not count or kind.kind == "c":
        return result
    if kind.kind in "iu":
        total, squares = sum(part["sum"] for part in parts), sum(part["squares"] for part in parts)
        mean, stddev = total / count, math.sqrt(count * squares - total * total) / count
    else:
        so_far, mean, m2 = 0, np.longdouble(0), np.longdouble(0)
        for part in parts:
            both, apart = so_far + part["count"], np.longdouble(part["mean"]) - mean
            mean += apart * part["count"] / both
            m2 += np.longdouble(part["m2"]) + apart * apart * so_far * part["count"] / both
            so_far = both
        stddev = np.sqrt(m2 / count)
    result.update(minimum=float(min(part["minimum"] for part in parts)), maximum=float(max(part["maximum"] for part in parts)),
                  mean=float(mean), stddev=float(stddev))
    return {name: value for name, value in result.items() if np.isfinite(value)}


def of_pixels(band, tiles):
    """Statistics of all valid pixels, in strips of the tiles that are not empty."""
    count, total, squares, low, high, base = 0, np.longdouble(0), np.longdouble(0), np.inf, -np.inf, None
    nodata, masked = band.GetNoDataValue(), band.GetMaskFlags() == gdal.GMF_PER_DATASET
    for tile in tiles:
        for row in range(tile.y, tile.y + tile.height if tile.path else tile.y, 512):
            window = tile.x, row, tile.width, min(512, tile.y + tile.height - row)
            values = band.ReadAsArray(*window)
            good = overviews.valid(values, overviews.exact_nodata(nodata, values.dtype))
            if masked:
                good &= band.GetMaskBand().ReadAsArray(*window) != 0
            values = values[good]
            count += values.size
            if not values.size or values.dtype.kind == "c":
                continue
            smallest, largest = float(values.min()), float(values.max())
            low, high = min(low, smallest), max(high, largest)
            # Squares of 1e200 are beyond a float64, and so are sums of 1e308.
            wide = np.longdouble if max(-smallest, largest) > 1e150 else np.float64
            values = values.astype(wide).ravel()
            base = np.longdouble(values[0]) if base is None else base  # sums of differences from a value lose no digits
            values -= wide(base)
            total, squares = total + values.sum(), squares + np.dot(values, values)
    result = {"valid_percent": round(100.0 * count / (band.XSize * band.YSize), 4)}
    if base is not None:
        mean = total / count
        result.update(minimum=low, maximum=high, mean=float(base + mean),
                      stddev=float(np.sqrt(max(squares / count - mean * mean, np.longdouble(0)))))
    return {name: value for name, value in result.items() if np.isfinite(value)}
