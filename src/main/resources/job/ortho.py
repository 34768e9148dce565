#!/usr/bin/env python3
"""Puts one tile of a scene onto a map: the step `ortho`, which Swath adds before a recipe's own steps.

The scene's pixels lie in the sensor's image. Coefficients (RPC) or control points (GCP) say where that is on the ground.
ortho.json in $SWATH_WORK has the map's grid and what planning has decided; planning/MapFiles.java writes it. The output
has the scene's bands for the window of the grid, and each band's nodata wherever the image has no pixel. The bands of a
scene may have different types: the output has a type that holds them all.

A pixel does not depend on the tile in which it lies: GDAL warps fixed blocks of the whole grid (a warped VRT), and the
position of every pixel of a scene with RPC is computed exactly (-et 0). So there are no seams.
"""
import json
import os

import numpy as np
from osgeo import gdal, osr

BLOCK = 512, 128  # pixels and rows that a warped VRT warps at a time
SAMPLES = 21  # points along a side, when a rectangle's corresponding one is searched
MARGIN = 16  # pixels of the image around a window, more than any resampling reads
MOST_HEIGHTS = 100_000_000  # heights for one tile: more need too much memory
AT_ONCE = 1_000_000  # heights that are read and checked at a time


class Unusable(Exception):
    """The tile cannot be put onto the map; the message says why."""


def resampled(name):
    """The range of a type's whole numbers; None for floats: resampling may leave the range of the image's type."""
    return None if name.startswith("Float") else np.iinfo({"Byte": "uint8"}.get(name, name.lower()))


def grid_points(x, y, width, height):
    """Points of a rectangle, its borders among them."""
    columns, rows = np.meshgrid(np.linspace(x, x + width, SAMPLES), np.linspace(y, y + height, SAMPLES))
    return np.column_stack([columns.ravel(), rows.ravel()])


def blocks_around(x, y, width, height):
    """The window, grown to whole blocks."""
    left, top = x // BLOCK[0] * BLOCK[0], y // BLOCK[1] * BLOCK[1]
    return left, top, -(-(x + width) // BLOCK[0]) * BLOCK[0] - left, -(-(y + height) // BLOCK[1]) * BLOCK[1] - top


def system(text):
    srs = osr.SpatialReference()
    srs.SetFromUserInput(text)
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return srs


def ground(spec, points):
    a, b, _, d, _, f = spec["transform"]
    return np.column_stack([a + points[:, 0] * b, d + points[:, 1] * f])


# ---- the terrain -------------------------------------------------------------------------------------------------


def terrain(spec, image, window):
    """Writes the heights above the ellipsoid around a window of the map, and returns the file's name."""
    model = gdal.Open(spec["dem"])
    horizontal = model.GetSpatialRef().Clone()
    horizontal.DemoteTo2D()  # heights are made ellipsoidal here, so GDAL must not shift them once more
    horizontal.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    transform = model.GetGeoTransform()
    corners = ground(spec, grid_points(*blocks_around(*window)))
    there = np.array(osr.CoordinateTransformation(system(spec["srs"]), horizontal).TransformPoints(corners))
    columns, rows = (there[:, 0] - transform[0]) / transform[1], (there[:, 1] - transform[3]) / transform[5]
    if horizontal.IsGeographic() and np.ptp(there[:, 0]) > 180:
        raise Unusable(f"the tile lies across the longitude of 180 degrees, where the terrain model {os.path.basename(spec['dem'])} "
                       "has its border: name a model in a projected coordinate system, such as UTM, in dem.path")
    left, top = int(np.floor(columns.min())) - 3, int(np.floor(rows.min())) - 3
    width, height = int(np.ceil(columns.max())) + 3 - left, int(np.ceil(rows.max())) + 3 - top
    if width * height > MOST_HEIGHTS:
        raise Unusable(f"the terrain model {spec['dem']} has {width * height} heights for one tile: make one with larger pixels")
    window = gdal.GetDriverByName("GTiff").Create("/vsimem/window.tif", width, height, 1, gdal.GDT_Float32, ["TILED=YES"])
    outside = Outside(spec, image, horizontal, transform)
    rows = max(AT_ONCE // width, 1)
    for first in range(top, top + height, rows):
        heights = read_heights(spec, model, horizontal, left, first, width, min(rows, top + height - first))
        missing = ~np.isfinite(heights)
        if missing.any():
            outside.require(np.argwhere(missing) + (first, left))
            heights[missing] = spec["heightMetres"]
        window.GetRasterBand(1).WriteArray(heights.astype(np.float32), 0, first - top)
    window.FlushCache()
    # At its place in the whole model: with another origin, positions would be rounded in another way in each tile.
    whole = gdal.GetDriverByName("VRT").Create("/vsimem/heights.vrt", model.RasterXSize, model.RasterYSize, 1, gdal.GDT_Float32)
    whole.SetGeoTransform(transform)
    whole.SetSpatialRef(horizontal)
    whole.GetRasterBand(1).SetMetadataItem("source_0", f"""<SimpleSource>
        <SourceFilename>/vsimem/window.tif</SourceFilename><SrcRect xOff="0" yOff="0" xSize="{width}" ySize="{height}"/>
        <DstRect xOff="{left}" yOff="{top}" xSize="{width}" ySize="{height}"/></SimpleSource>""", "new_vrt_sources")
    whole.FlushCache()
    return "/vsimem/heights.vrt"


def read_heights(spec, model, srs, left, top, width, height):
    """The heights in metres above the ellipsoid; NaN where the model, or the geoid, has none."""
    heights = np.full((height, width), np.nan)
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + width, model.RasterXSize), min(top + height, model.RasterYSize)
    if x0 < x1 and y0 < y1:
        band, window = model.GetRasterBand(1), (x0, y0, x1 - x0, y1 - y0)
        values = band.ReadAsArray(*window).astype(np.float64) * (band.GetScale() or 1) + (band.GetOffset() or 0)
        if spec["geoid"]:
            values += undulation(spec["geoid"], model, srs).ReadAsArray(*window)
        values[band.GetMaskBand().ReadAsArray(*window) == 0] = np.nan
        heights[y0 - top:y1 - top, x0 - left:x1 - left] = values
    return heights


def undulation(path, model, srs):
    """The geoid's height above the ellipsoid at each pixel of the terrain model, as a dataset that computes what is read."""
    a, b, _, d, _, f = model.GetGeoTransform()
    width, height = model.RasterXSize, model.RasterYSize
    # GTX, the format of Debian's own egm96_15.gtx, may say nothing of its system: it is always longitude and latitude.
    return gdal.Warp("", path, format="VRT", dstSRS=srs, outputBounds=(a, d + height * f, a + width * b, d), width=width,
                     height=height, resampleAlg="bilinear", errorThreshold=0, outputType=gdal.GDT_Float64, dstNodata="nan",
                     srcSRS=gdal.Open(path).GetSpatialRef() or system("OGC:CRS84"))


class Outside:
    """Checks that the image lies nowhere where the terrain model has no height: that must not be taken for any height.

    How high the ground is there is not known, and seen from the side the image lies elsewhere for each height. So a place is
    checked at the lowest, the middle and the highest height of the coefficients (HEIGHT_OFF and HEIGHT_SCALE)."""

    def __init__(self, spec, image, srs, transform):
        self.spec, self.transform = spec, transform
        self.size = image.RasterXSize, image.RasterYSize
        self.to_lonlat = osr.CoordinateTransformation(srs, system("OGC:CRS84"))
        middle, reach = spec["heightMetres"], float((image.GetMetadataItem("HEIGHT_SCALE", "RPC") or "0").split()[0])
        self.to_image = [gdal.Transformer(image, None, ["METHOD=RPC", f"RPC_HEIGHT={height!r}"])
                         for height in (middle - reach, middle, middle + reach)]

    def require(self, missing):
        """An error if the image shows one of these rows and columns of the terrain model."""
        points = np.column_stack([self.transform[0] + (missing[:, 1] + 0.5) * self.transform[1],
                                  self.transform[3] + (missing[:, 0] + 0.5) * self.transform[5]])
        for first in range(0, len(points), 10_000):  # GDAL takes and gives lists of tuples, which need much memory
            lonlat = np.array(self.to_lonlat.TransformPoints(points[first:first + 10_000]))[:, :2]
            places = [(lon, lat, 0.0) for lon, lat in lonlat.tolist()]
            for transformer in self.to_image:
                pixels, known = transformer.TransformPoints(1, places)
                pixels = np.array(pixels)[:, :2]
                shown = np.array(known, bool) & ((pixels >= 0) & (pixels <= self.size)).all(axis=1)
                if shown.any():
                    lon, lat, _ = places[shown.argmax()]
                    raise Unusable(f"the terrain model {os.path.basename(self.spec['dem'])} (or the geoid) has no height at longitude "
                                   f"{lon:.5f}, latitude {lat:.5f}, where the scene may lie: fill it (gdal_fillnodata.py; 0 at sea), or name "
                                   "another in dem.path")


# ---- the pixels --------------------------------------------------------------------------------------------------


def warped(spec, image, bands, options):
    """The whole map as a dataset that warps what is read. `bands` have the same resampling, types and kind of nodata."""
    first = spec["bands"][bands[0]]
    numbers = [str(band + 1) for band in bands]
    masked = image.GetRasterBand(1).GetMaskFlags() == gdal.GMF_PER_DATASET
    if masked:  # as an alpha band, because GDAL does not regard a mask beside a nodata
        numbers.append("mask,1")
    part = gdal.Translate("", image, format="VRT", bandList=numbers, maskBand="none")
    if masked:
        part.GetRasterBand(len(numbers)).SetColorInterpretation(gdal.GCI_AlphaBand)
    a, b, _, d, _, f = spec["transform"]
    own = [spec["bands"][band]["sourceNodata"] for band in bands]
    result = gdal.Warp(
        "", part, format="VRT", dstSRS=spec["srs"], width=spec["width"], height=spec["height"],
        outputBounds=(a, d + spec["height"] * f, a + spec["width"] * b, d), resampleAlg=first["resampling"],
        outputType=gdal.GetDataTypeByName(first["type"]), errorThreshold=spec["tolerance"], transformerOptions=options,
        srcAlpha=masked, srcNodata=" ".join(own) if own[0] else None, dstNodata=" ".join(spec["bands"][band]["nodata"] for band in bands),
        # Each band has its own nodata; one scale for all blocks; the image's window by points of the whole block.
        warpOptions=["UNIFIED_SRC_NODATA=NO", "XSCALE=1", "YSCALE=1", "SAMPLE_GRID=YES", f"SAMPLE_STEPS={SAMPLES}",
                     f"SOURCE_EXTRA={MARGIN}"])
    return result, part


def image_window(spec, image, options, window):
    """The window of the image that the window of the map shows; None if it shows none."""
    to_map = gdal.Transformer(image, None, options + ["DST_SRS=" + spec["srs"]])
    points, known = to_map.TransformPoints(1, [(px, py, 0.0) for px, py in ground(spec, grid_points(*window))])
    inside = np.array([point[:2] for point, good in zip(points, known) if good])
    if len(inside) < len(known):
        return 0, 0, image.RasterXSize, image.RasterYSize
    low, high = np.floor(inside.min(0)), np.ceil(inside.max(0))
    margin = MARGIN + 0.05 * (high - low)  # between the points, too
    left, top = (int(side) for side in np.maximum(low - margin, 0))
    right, bottom = (int(side) for side in np.minimum(high + margin, (image.RasterXSize, image.RasterYSize)))
    return (left, top, right - left, bottom - top) if left < right and top < bottom else None


def create(width, height, count, kind):
    options = ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "INTERLEAVE=BAND", "BIGTIFF=IF_SAFER"]
    zstd = "ZSTD" in gdal.GetDriverByName("GTiff").GetMetadataItem("DMD_CREATIONOPTIONLIST")
    options += ["COMPRESS=ZSTD", "ZSTD_LEVEL=1"] if zstd else ["COMPRESS=DEFLATE", "ZLEVEL=1"]
    return gdal.GetDriverByName("GTiff").Create(os.environ["SWATH_OUTPUT"], width, height, count, kind, options)


def rectified(band, values):
    """The values, within the range of the image's type, and whether any of them is valid."""
    nodata = float(band["nodata"])
    valid = ~np.isnan(values) if np.isnan(nodata) else values != values.dtype.type(nodata)
    limits = resampled(band["sourceType"])
    if limits and band["type"] != band["sourceType"]:
        values = np.where(valid, np.clip(values, limits.min, limits.max), values)
    return values, valid.any()


def main():
    gdal.UseExceptions()
    osr.UseExceptions()
    with open(os.path.join(os.environ["SWATH_WORK"], "ortho.json")) as file:
        spec = json.load(file)
    x, y, width, height = window = [int(os.environ["SWATH_" + name]) for name in ("X", "Y", "WIDTH", "HEIGHT")]
    image = gdal.OpenEx(os.environ["SWATH_INPUT"], gdal.OF_RASTER, allowed_drivers=["VRT"])
    options = ["METHOD=" + spec["method"]]
    if spec["method"] == "RPC":
        # With a terrain model RPC_HEIGHT would be added to its heights.
        # Beside the model nothing is visible of the image, or terrain() had complained: any height does there.
        options += ["RPC_DEM=" + terrain(spec, image, window), "RPC_DEM_APPLY_VDATUM_SHIFT=FALSE",
                    f"RPC_DEM_MISSING_VALUE={spec['heightMetres']!r}"] if spec["dem"] else [f"RPC_HEIGHT={spec['heightMetres']!r}"]
    shown = image_window(spec, image, options, window)
    if shown is None:
        open(os.environ["SWATH_EMPTY"], "w").close()
        return
    with open(os.path.join(os.environ["SWATH_SCRATCH"], ".window"), "w") as file:
        file.write("%d %d %d %d\n" % shown)  # job.sh reads these pixels again when GDAL complains
    groups = {}
    for number, band in enumerate(spec["bands"]):
        groups.setdefault((band["resampling"], band["type"], bool(band["sourceNodata"])), []).append(number)
    maps = [(bands, *warped(spec, image, bands, options)) for bands in groups.values()]
    output, any_valid = create(width, height, len(spec["bands"]), gdal.GetDataTypeByName(spec["type"])), False
    for top in range(y // BLOCK[1] * BLOCK[1], y + height, BLOCK[1]):
        first, end = max(top, y), min(top + BLOCK[1], y + height)
        for bands, whole, _ in maps:
            numbers = list(range(1, len(bands) + 1))
            strip = whole.ReadAsArray(x, first, width, end - first, band_list=numbers).reshape(len(bands), end - first, width)
            for band, values in zip(bands, strip):
                values, valid = rectified(spec["bands"][band], values)
                any_valid |= bool(valid)
                output.GetRasterBand(band + 1).WriteArray(values, 0, first - y)
    output.FlushCache()
    if not any_valid:
        open(os.environ["SWATH_EMPTY"], "w").close()


if __name__ == "__main__":
    main()
