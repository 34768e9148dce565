#!/usr/bin/env python3
"""Makes a scene's product from its tiles: a Cloud Optimized GeoTIFF, a preview, and the facts for the STAC Item.

Runs through job.sh as a single task. It reads mosaic.json and mosaic.tsv in $SWATH_BATCH, writes the COG to
$SWATH_OUTPUT, and writes preview.png, polygons.gpkg and product.json to $SWATH_BATCH/product/. Every tile must be there, as
TILE.tif or as TILE.empty, and be what its evidence says. A missing or changed tile is an error that names the
tile, never a gap in the product. The georeference (projection, geotransform, GCPs, RPCs) is copied from scene.vrt,
so a rotated scene and a scene without georeference keep what they have.
"""
import csv
import hashlib
import json
import os
import re
import stat
import sys
import xml.etree.ElementTree as ElementTree
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from osgeo import gdal

sys.dont_write_bytecode = True  # jobs may not write to this folder
import overviews  # noqa: E402
import polygons  # noqa: E402
from outline import outline  # noqa: E402

MOST_SOFTWARE = 8  # that the Item lists: jobs may write anything
FEW, MOST = 0.01, 0.5  # of the valid pixels: so many may leave an index's range without a mark, and at most
PREVIEW = 1024  # pixels of the longer side
INDEX_NAME = re.compile(r"ndvi|evi|savi|ndre|ndmi", re.IGNORECASE)
# Vegetation index x 10000 to colour: water, bare soil, sparse, medium and dense vegetation.
INDEX_RAMP = ((-3000, 54, 92, 141), (-500, 148, 168, 180), (500, 214, 196, 160), (2000, 226, 212, 150),
              (4000, 170, 194, 90), (6000, 92, 154, 56), (8000, 30, 104, 42), (10000, 0, 60, 30))
# For all other bands, from the 2nd to the 98th percentile (eight points of matplotlib's viridis).
RAMP = ((68, 1, 84), (70, 50, 127), (54, 92, 141), (39, 127, 142), (31, 161, 135), (74, 194, 109),
        (159, 218, 58), (253, 231, 37))
FLOATING = (gdal.GDT_Float32, gdal.GDT_Float64)


Tile = namedtuple("Tile", "number path x y width height stat")


class BadTiles(Exception):
    """Tiles are not what their evidence says; these have to be made again, and then the assembly."""

    def __init__(self, numbers):
        self.numbers = numbers
        one = len(numbers) == 1
        super().__init__(f"{'tile' if one else 'tiles'} {listed(numbers)} {'is' if one else 'are'} not what the evidence says:"
                         " changed after the task had ended, damaged, or its evidence is lost")


class NotReady(Exception):
    """Tiles are missing, and may not have been made yet; the assembly can run again when they are there."""


class Unusable(Exception):
    """The product cannot be made; the message says why."""


# ---- the tiles -------------------------------------------------------------------------------------------------


def read_tiles(path, folder, scene_folder, width, height, made):
    """The tiles, which must cover the scene: Tile(number, path, x, y, width, height, stat); an empty tile has no path.

    Each tile is compared with its evidence, because a process that a job left behind may have changed it since. If
    `made`, all tiles were there when the assembly was queued: a tile without evidence is a bad tile, since waiting for
    the evidence would not bring it back."""
    present = {entry.name for entry in os.scandir(folder)}  # one listing: 100,000 single look-ups take minutes
    rows, area = [], 0
    with open(path, newline="") as lines:
        for tile, *numbers, known in csv.reader(lines, delimiter="\t"):
            x, y, w, h = map(int, numbers)
            if x < 0 or y < 0 or w < 1 or h < 1 or x + w > width or y + h > height:
                raise Unusable(f"tile {tile} is outside the scene of {width} x {height} pixels")
            area += w * h
            rows.append((tile, x, y, w, h, known))

    def check(row):
        tile, x, y, w, h, known = row
        file = os.path.join(folder, tile + ".tif")
        if known == "empty":
            return Tile(tile, None, x, y, w, h, None)
        if not known:  # written by an earlier Swath, or by hand: there is nothing to compare with
            if tile + ".tif" in present:
                return Tile(tile, file, x, y, w, h, os.stat(file))
            return Tile(tile, None, x, y, w, h, None) if tile + ".empty" in present else None
        evidence = read_evidence(os.path.join(scene_folder, known))
        if evidence.get("outcome") == "empty":
            return Tile(tile, None, x, y, w, h, None)
        if evidence.get("outcome") != "ok":
            return None
        return Tile(tile, file, x, y, w, h, compare(file, evidence.get("output")))

    with ThreadPoolExecutor(int(os.environ.get("GDAL_NUM_THREADS") or 1)) as pool:
        tiles = list(pool.map(check, rows))
    missing = [row[0] for row, tile in zip(rows, tiles) if tile is None]
    if missing and not made:
        raise NotReady(f"{len(missing)} of {len(tiles)} tiles are missing in {folder}: {listed(missing)}")
    bad = [row[0] for row, tile in zip(rows, tiles) if tile is None or tile.path and tile.stat is None]
    if bad:
        raise BadTiles(bad)
    if area != width * height:
        raise Unusable(f"the tiles cover {area} pixels of a scene that has {width * height}")
    return tiles


def listed(numbers):
    return ", ".join(numbers[:10]) + (", ..." if len(numbers) > 10 else "")


def open_regular(path):
    """A file for reading; an OSError if it is a link, a pipe or anything else: nobody waits for a pipe."""
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK))
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(f"{path} is not a regular file")
    return file


def read_evidence(path):
    """The evidence of a task; empty when it is missing or damaged."""
    try:
        with open_regular(path) as file:
            evidence = json.loads(file.read(65536))
    except (OSError, ValueError):
        return {}
    return evidence if isinstance(evidence, dict) else {}


def compare(path, output):
    """The file's stat if the file is what the evidence says, else None."""
    output = output if isinstance(output, dict) else {}
    try:
        with open_regular(path) as file:
            found, digest = os.fstat(file.fileno()), hashlib.sha256()
            if found.st_size != output.get("size"):
                return None
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError:
        return None
    return found if digest.hexdigest() == output.get("sha256") else None


def check_unchanged(tiles):
    """After the tiles were read. Nobody can set a file's ctime, so it shows every write since the comparison."""
    def identity(found):
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

    bad = []
    for tile in tiles:
        try:
            if tile.path and identity(os.lstat(tile.path)) != identity(tile.stat):
                bad.append(tile.number)
        except OSError:
            bad.append(tile.number)
    if bad:
        raise BadTiles(bad)


def describe_bands(tiles, promised, scene_vrt):
    """The bands of every tile: as in the first tile with pixels; if all are empty, as the recipe's `output` says. Its type
    may be that of the scene, of which the last band counts."""
    scene_type = promised and promised["type"] == "scene"
    first = next((tile.path for tile in tiles if tile.path), None)
    if first is None:
        if not promised:
            raise Unusable("every tile is empty, and the recipe does not say what its output is: "
                           "add `output: { type: Int16, nodata: -32768, bands: 1 }` with the recipe's values")
        kind = ElementTree.parse(scene_vrt).getroot().findall("VRTRasterBand")[-1].get("dataType") if scene_type else promised["type"]
        band = {"type": kind, "nodata": as_number(promised.get("nodata")), "description": "", "block": (512, 512),
                "colour": None, "palette": None}
        bands = [dict(band) for _ in range(promised.get("bands") or 1)]
        colour(bands, promised)
        return bands
    source = gdal.OpenEx(first, gdal.OF_RASTER, allowed_drivers=["GTiff"])
    bands = []
    for number in range(1, source.RasterCount + 1):
        band = source.GetRasterBand(number)
        bands.append({
            "type": gdal.GetDataTypeName(band.DataType), "nodata": band.GetNoDataValue(), "block": band.GetBlockSize(),
            "description": band.GetDescription(), "scale": finite(band.GetScale()), "offset": finite(band.GetOffset()),
            "colour": gdal.GetColorInterpretationName(band.GetColorInterpretation()), "palette": palette(band)})
    if promised:
        made = (bands[0]["type"], len(bands))
        if made != (made[0] if scene_type else promised["type"], promised.get("bands") or 1):
            raise Unusable(f"the recipe's output is {promised.get('bands') or 1} band(s) of {made[0] if scene_type else promised['type']}, "
                           f"but {os.path.basename(first)} has {made[1]} of {made[0]}")
        if promised.get("nodata") is not None:
            for band in bands:
                band["nodata"] = as_number(promised["nodata"]) if band["nodata"] is None else band["nodata"]
        colour(bands, promised)
    return bands


def colour(bands, promised):
    """Gives a map of classes the recipe's colours, unless the scripts have given it others."""
    for band in bands if promised.get("classes") else []:
        if band["palette"] is None:
            colours = [(0, 0, 0, 255)] * 256
            for known in promised["classes"]:
                if known["color"]:
                    colours[known["value"]] = (*bytes.fromhex(known["color"]), 255)
            if band["nodata"] in range(256):
                colours[int(band["nodata"])] = (0, 0, 0, 0)
            band["palette"], band["colour"] = colours, "Palette"


def as_number(nodata):
    """JSON has no NaN and no infinity: these are texts in mosaic.json."""
    return float(nodata) if isinstance(nodata, str) else nodata


def finite(value):
    return value if value is not None and np.isfinite(value) else None


def palette(band):
    table = band.GetColorTable()
    return table and [table.GetColorEntry(index) for index in range(table.GetCount())]


def outside_range(tiles):
    """How many pixels have left the range of the recipe's index, of how many valid ones; None if the recipe counts none.

    The scripts count them in the metadata of their output, because a result is often clipped to its range: a scene
    whose offset was applied twice has an NDVI of 1 nearly everywhere."""
    outside, count, known = 0, 0, False
    for tile in tiles:
        if tile.path:
            metadata = gdal.OpenEx(tile.path, gdal.OF_RASTER, allowed_drivers=["GTiff"]).GetMetadata()
            if "SWATH_OUTSIDE_RANGE" not in metadata:
                break  # the recipe does not count, so no further tile has to be opened
            try:
                outside += int(metadata["SWATH_OUTSIDE_RANGE"])
                count += int(metadata["SWATH_VALID_PIXELS"])
            except (KeyError, ValueError) as error:
                raise Unusable(f"tile {tile.number} does not say how many of its pixels are valid: {error!r}")
            known = True
    if known and outside > MOST * count:
        raise Unusable(f"{100 * outside / count:.0f} % of the valid pixels have left the range of the index, so the product would be "
                       "wrong. Check the scene's scale and offset: they may be missing, or be applied to the pixels already "
                       "(in a STAC Item: raster:scale, raster:offset)")
    return {"pixels": outside, "valid": count} if known else None


def software(tiles):
    """What computed the tiles, {name: version}: the scripts may write it into the metadata of their output."""
    said = set()
    for tile in tiles:
        if tile.path:
            line = gdal.OpenEx(tile.path, gdal.OF_RASTER, allowed_drivers=["GTiff"]).GetMetadataItem("SWATH_SOFTWARE")
            if not line or len(said) == MOST_SOFTWARE:
                break  # the recipe does not say, so no further tile has to be opened
            said.add(line[:150])
    found = {}
    for line in sorted(said):
        name, _, version = line.rpartition(" ")
        found[name or version] = ", ".join(filter(None, (found.get(name), version)))
    return found


# ---- the mosaic ------------------------------------------------------------------------------------------------


def write_vrt(path, width, height, bands, sources, scene, levels=()):
    """Writes a VRT. `sources`: (path, x, y, width, height) in pixels; `scene`: the elements of the georeference;
    `levels`: files with the overviews of all bands."""
    root = ElementTree.Element("VRTDataset", rasterXSize=str(width), rasterYSize=str(height))
    root.extend(scene)
    for number, band in enumerate(bands, 1):
        element = ElementTree.SubElement(root, "VRTRasterBand", dataType=band["type"], band=str(number))
        text = lambda name, value: setattr(ElementTree.SubElement(element, name), "text", str(value))
        if band["description"]:
            text("Description", band["description"])
        if band["nodata"] is not None:
            text("NoDataValue", repr(band["nodata"]))
        if band["colour"] and band["colour"] != "Undefined":
            text("ColorInterp", band["colour"])
        if band["palette"]:
            table = ElementTree.SubElement(element, "ColorTable")
            for colours in band["palette"]:
                ElementTree.SubElement(table, "Entry", {name: str(value) for name, value in zip(("c1", "c2", "c3", "c4"), colours)})
        if band.get("offset"):
            text("Offset", repr(band["offset"]))
        if band.get("scale") not in (None, 1.0):
            text("Scale", repr(band["scale"]))
        for name, x, y, w, h in sources:
            source = ElementTree.SubElement(element, "SimpleSource")
            ElementTree.SubElement(source, "SourceFilename", relativeToVRT="0").text = name
            ElementTree.SubElement(source, "SourceBand").text = str(number)
            # With its size and type given, GDAL opens a tile only when it reads the pixels.
            ElementTree.SubElement(source, "SourceProperties", RasterXSize=str(w), RasterYSize=str(h),
                                   DataType=band["type"], BlockXSize=str(band["block"][0]),
                                   BlockYSize=str(band["block"][1]))
            ElementTree.SubElement(source, "SrcRect", xOff="0", yOff="0", xSize=str(w), ySize=str(h))
            ElementTree.SubElement(source, "DstRect", xOff=str(x), yOff=str(y), xSize=str(w), ySize=str(h))
        for level in levels:
            overview = ElementTree.SubElement(element, "Overview")
            ElementTree.SubElement(overview, "SourceFilename", relativeToVRT="0").text = level
            ElementTree.SubElement(overview, "SourceBand").text = str(number)
    ElementTree.ElementTree(root).write(path, encoding="UTF-8")


def write_mosaic(folder, width, height, bands, tiles, scene_vrt, resampling):
    """Writes the mosaic's VRT from one VRT per row of tiles, because GDAL checks every source for every block."""
    georeference = [element for element in ElementTree.parse(scene_vrt).getroot() if element.tag in
               ("SRS", "GeoTransform", "GCPList") or (element.tag == "Metadata" and element.get("domain") == "RPC")]
    rows = {}
    for _, path, x, y, w, h, _ in tiles:
        if path:
            rows.setdefault((y, h), []).append((path, x, 0, w, h))
    sources = []
    for (y, h), row in rows.items():
        path = os.path.join(folder, f"row-{y}-{h}.vrt")
        write_vrt(path, width, h, bands, row, [])
        sources.append((path, 0, y, width, h))
    path = os.path.join(folder, "mosaic.vrt")
    write_vrt(path, width, height, bands, sources, georeference)
    if overviews.needed(bands):
        levels = overviews.write(folder, gdal.OpenEx(path, gdal.OF_RASTER, allowed_drivers=["VRT"]), bands, resampling)
        write_vrt(path, width, height, bands, sources, georeference, levels)
    return path


def write_cog(path, mosaic, plan, bands):
    compress, resampling = plan.get("compress") or "DEFLATE", plan.get("resampling") or "AVERAGE"
    options = ["BLOCKSIZE=512", "COMPRESS=" + compress, "BIGTIFF=IF_SAFER",
               "NUM_THREADS=" + os.environ.get("GDAL_NUM_THREADS", "1"),
               "OVERVIEW_RESAMPLING=" + resampling,
               # A mosaic of one tile would pass on the tile's overviews, whatever made them.
               "OVERVIEWS=" + ("AUTO" if overviews.needed(bands) else "IGNORE_EXISTING")]
    if compress in ("DEFLATE", "LZW", "ZSTD"):
        options.append("PREDICTOR=YES")
    source = gdal.OpenEx(mosaic, gdal.OF_RASTER, allowed_drivers=["VRT"])
    taken = re.match(r"(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)", plan.get("datetime") or "")
    if taken:
        source.SetMetadataItem("TIFFTAG_DATETIME", "{}:{}:{} {}".format(*taken.groups()))
    gdal.GetDriverByName("COG").CreateCopy(path, source, options=options).FlushCache()


# ---- the preview -----------------------------------------------------------------------------------------------


def ramp(values, stops, colours):
    return np.stack([np.interp(values, stops, [colour[k] for colour in colours]) for k in range(3)])


def stretch(values, valid):
    """The values scaled so that the 2nd percentile becomes 0 and the 98th becomes 1."""
    low, high = np.percentile(values[valid], (2, 98)) if valid.any() else (0, 1)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.nan_to_num((values - low) / ((high - low) or 1), posinf=1, neginf=0)


def small(band, width, height, classes):
    """The band in the size of the preview. Classes are never averaged; nor are types for which GDAL averages in float32."""
    size = {"buf_xsize": width, "buf_ysize": height}
    if not classes and gdal.GetDataTypeName(band.DataType) in overviews.NARROW:
        return band.ReadAsArray(resample_alg=gdal.GRIORA_Average, **size)
    levels = [band] + [band.GetOverview(number) for number in range(band.GetOverviewCount())]
    level = [level for level in levels if level.XSize >= width and level.YSize >= height][-1]
    return level.ReadAsArray(resample_alg=gdal.GRIORA_NearestNeighbour, **size)


def write_preview(path, cog):
    factor = max(cog.RasterXSize, cog.RasterYSize, PREVIEW) / PREVIEW
    width, height = max(1, round(cog.RasterXSize / factor)), max(1, round(cog.RasterYSize / factor))
    interpretations = [cog.GetRasterBand(n).GetColorInterpretation() for n in range(1, cog.RasterCount + 1)]
    colours = (gdal.GCI_RedBand, gdal.GCI_GreenBand, gdal.GCI_BlueBand)
    if all(colour in interpretations for colour in colours):
        numbers = [interpretations.index(colour) + 1 for colour in colours]
    else:
        numbers = [1, 2, 3] if cog.RasterCount >= 3 else [1]
    bands = [cog.GetRasterBand(number) for number in numbers]
    table = palette(bands[0]) if len(bands) == 1 else None
    values = [small(band, width, height, table is not None) for band in bands]
    valid = np.logical_and.reduce([
        overviews.valid(plane, overviews.exact_nodata(band.GetNoDataValue(), plane.dtype)) for band, plane in zip(bands, values)])
    values = [np.where(valid, plane, 0) for plane in values]
    values = [(np.abs(plane) if plane.dtype.kind == "c" else plane).astype(np.float64) for plane in values]
    opaque = valid * 255
    if table is not None:
        colours = np.array(table, np.float64)
        index = np.clip(values[0], 0, len(colours) - 1).astype(int)
        picture, opaque = np.moveaxis(colours[index, :3], 2, 0), np.where(valid, colours[index, 3], 0)
    elif len(values) == 3:
        whole = bands[0].DataType == gdal.GDT_Byte
        picture = np.stack([plane if whole else stretch(plane, valid) * 255 for plane in values])
    elif INDEX_NAME.search(bands[0].GetDescription() or "") and bands[0].DataType != gdal.GDT_Byte:
        scale = bands[0].GetScale() or (1.0 if bands[0].DataType in FLOATING else 0.0001)
        picture = ramp(values[0] * scale * 10000, [stop for stop, *_ in INDEX_RAMP], [c for _, *c in INDEX_RAMP])
    else:
        picture = ramp(stretch(values[0], valid), np.linspace(0, 1, len(RAMP)), RAMP)
    memory = gdal.GetDriverByName("MEM").Create("", width, height, 4, gdal.GDT_Byte)
    for number, plane in enumerate([*np.clip(np.rint(picture), 0, 255), opaque], 1):
        memory.GetRasterBand(number).WriteArray(plane.astype(np.uint8))
    memory.GetRasterBand(4).SetColorInterpretation(gdal.GCI_AlphaBand)
    gdal.GetDriverByName("PNG").CreateCopy(path + ".tmp", memory, options=["ZLEVEL=6"]).FlushCache()
    with open(path + ".tmp", "rb") as file:
        os.fsync(file.fileno())
    os.replace(path + ".tmp", path)


# ---- the facts -------------------------------------------------------------------------------------------------


def statistics(band, tiles):
    """Statistics of all valid pixels, in strips of the tiles that are not empty."""
    count, total, squares, low, high, base = 0, np.longdouble(0), np.longdouble(0), np.inf, -np.inf, None
    nodata = band.GetNoDataValue()
    for tile in tiles:
        for row in range(tile.y, tile.y + tile.height if tile.path else tile.y, 512):
            values = band.ReadAsArray(tile.x, row, tile.width, min(512, tile.y + tile.height - row))
            values = values[overviews.valid(values, overviews.exact_nodata(nodata, values.dtype))]
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


def facts(cog, bands, tiles, outside, plan, computed):
    # The coordinate system of ground control points, and that of coefficients, is not the one of the pixels.
    transform = cog.GetGeoTransform(can_return_null=True)
    reference = cog.GetSpatialRef() if transform else None
    epsg = projjson = wkt2 = None
    if reference:
        code = reference.GetAuthorityCode(None)
        epsg = int(code) if code and code.isdigit() and reference.GetAuthorityName(None) == "EPSG" else None
        wkt2 = reference.ExportToWkt(["FORMAT=WKT2_2019"])
        try:
            projjson = json.loads(reference.ExportToPROJJSON())
        except (RuntimeError, ValueError):
            pass
    bbox, geometry = outline(cog)
    described = []
    for number, band in enumerate(bands, 1):
        made = cog.GetRasterBand(number)
        nodata = band["nodata"]
        described.append({
            "name": band["description"] or f"band{number}", "description": band["description"],
            "data_type": band["type"], "scale": band.get("scale"), "offset": band.get("offset"),
            "nodata": None if nodata is None else nodata if np.isfinite(nodata) else str(float(nodata)),
            "classes": (plan.get("output") or {}).get("classes") or [], "statistics": statistics(made, tiles)})
    a, b, c, d, e, f = transform or (0,) * 6
    return {
        "epsg": epsg, "wkt2": wkt2, "projjson": projjson,
        "transform": [b, c, a, e, f, d, 0.0, 0.0, 1.0] if transform else None,  # in STAC's order: the rows of a matrix
        "shape": [cog.RasterYSize, cog.RasterXSize], "bbox": bbox, "geometry": geometry,
        "bands": described, "outside_range": outside,
        "tiles": len(tiles), "empty": sum(tile.path is None for tile in tiles),
        "software": {**computed, **(plan.get("model") or {}), "gdal": gdal.VersionInfo("RELEASE_NAME"), "numpy": np.__version__,
                     "python": sys.version.split()[0]}}


def main():
    gdal.UseExceptions()
    gdal.SetConfigOption("GDAL_MAX_DATASET_POOL_SIZE", "40")  # open tiles: each takes some MB, and there may be 100,000
    batch, work, scratch = (os.environ["SWATH_" + name] for name in ("BATCH", "WORK", "SCRATCH"))
    with open(os.path.join(batch, "mosaic.json")) as file:
        plan = json.load(file)
    width, height = plan["width"], plan["height"]
    tiles = read_tiles(os.path.join(batch, plan["tiles"]), os.path.join(work, "tiles", plan["step"]),
                       os.path.dirname(batch), width, height, plan.get("made", False))
    bands = describe_bands(tiles, plan.get("output"), os.environ["SWATH_INPUT"])
    try:
        outside, computed = outside_range(tiles), software(tiles)
        mosaic = write_mosaic(scratch, width, height, bands, tiles, os.environ["SWATH_INPUT"], plan.get("resampling") or "AVERAGE")
        write_cog(os.environ["SWATH_OUTPUT"], mosaic, plan, bands)
    finally:
        check_unchanged(tiles)  # also if it failed: a tile that was changed meanwhile explains it

    cog = gdal.OpenEx(os.environ["SWATH_OUTPUT"], gdal.OF_RASTER, allowed_drivers=["GTiff"])
    if outside and outside["pixels"] > FEW * outside["valid"]:
        with open(os.environ["SWATH_NOTE"], "w") as note:
            print(f"{100 * outside['pixels'] / outside['valid']:.1f} % of the valid pixels have left the range of the index", file=note)
    product = os.path.join(batch, "product")
    os.makedirs(product, exist_ok=True)
    if plan.get("preview", True):
        write_preview(os.path.join(product, "preview.png"), cog)
    if plan.get("polygons"):
        polygons.write(os.path.join(product, "polygons.gpkg"), cog, (plan.get("output") or {}).get("classes") or [], scratch)
    path = os.path.join(product, "product.json")
    with open(path + ".tmp", "w") as file:
        json.dump(facts(cog, bands, tiles, outside, plan, computed), file, indent=1, allow_nan=False)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".tmp", path)


if __name__ == "__main__":
    try:
        main()
    except NotReady as error:
        print(f"assemble: {error}", file=sys.stderr)
        sys.exit(76)
    except BadTiles as error:
        print(f"assemble: {error}", file=sys.stderr)
        with open(os.path.join(os.environ["SWATH_SCRATCH"], ".bad-tiles"), "w") as file:
            print(",".join(error.numbers[:1000]), file=file)
        sys.exit(65)
    except (Unusable, RuntimeError, OSError) as error:
        print(f"assemble: {error}", file=sys.stderr)
        sys.exit(1)
