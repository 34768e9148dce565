#!/usr/bin/env python3
"""Makes a scene's product from its tiles: a Cloud Optimized GeoTIFF, a preview, and the facts for the STAC Item.

Runs through job.sh as a single task. It reads mosaic.json and mosaic.tsv in $SWATH_BATCH, writes the COG to
$SWATH_OUTPUT, and writes preview.png and product.json to $SWATH_BATCH/product/. Every tile must be there, as
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
from datetime import datetime, timezone

import numpy as np
from osgeo import gdal, osr

EXACT_STATISTICS = 150_000_000  # pixels per band (a Sentinel-2 tile has 120 million); larger bands use an overview
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


def describe_bands(tiles, promised):
    """The bands of every tile: as in the first tile with pixels; if all are empty, as the recipe's `output` says."""
    first = next((tile.path for tile in tiles if tile.path), None)
    if first is None:
        if not promised:
            raise Unusable("every tile is empty, and the recipe does not say what its output is: "
                           "add `output: { type: Int16, nodata: -32768, bands: 1 }` with the recipe's values")
        band = {"type": promised["type"], "nodata": promised.get("nodata")}
        return [dict(band, description="", block=(512, 512), colour=None) for _ in range(promised.get("bands") or 1)]
    source = gdal.OpenEx(first, gdal.OF_RASTER, allowed_drivers=["GTiff"])
    bands = []
    for number in range(1, source.RasterCount + 1):
        band = source.GetRasterBand(number)
        bands.append({
            "type": gdal.GetDataTypeName(band.DataType), "nodata": band.GetNoDataValue(), "block": band.GetBlockSize(),
            "description": band.GetDescription(), "scale": band.GetScale(), "offset": band.GetOffset(),
            "colour": gdal.GetColorInterpretationName(band.GetColorInterpretation())})
    if promised:
        made = (bands[0]["type"], len(bands))
        if made != (promised["type"], promised.get("bands") or 1):
            raise Unusable(f"the recipe's output is {promised.get('bands') or 1} band(s) of {promised['type']}, "
                           f"but {os.path.basename(first)} has {made[1]} of {made[0]}")
        if promised.get("nodata") is not None:
            for band in bands:
                band["nodata"] = promised["nodata"] if band["nodata"] is None else band["nodata"]
    return bands


# ---- the mosaic ------------------------------------------------------------------------------------------------


def write_vrt(path, width, height, bands, sources, scene):
    """Writes a VRT. `sources`: (path, x, y, width, height) in pixels; `scene`: the elements of the georeference."""
    root = ElementTree.Element("VRTDataset", rasterXSize=str(width), rasterYSize=str(height))
    root.extend(scene)
    for number, band in enumerate(bands, 1):
        element = ElementTree.SubElement(root, "VRTRasterBand", dataType=band["type"], band=str(number))
        text = lambda name, value: setattr(ElementTree.SubElement(element, name), "text", str(value))
        if band["description"]:
            text("Description", band["description"])
        if band["nodata"] is not None:
            text("NoDataValue", repr(float(band["nodata"])))
        if band["colour"] and band["colour"] != "Undefined":
            text("ColorInterp", band["colour"])
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
    ElementTree.ElementTree(root).write(path, encoding="UTF-8")


def write_mosaic(folder, width, height, bands, tiles, scene_vrt):
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
    return path


def write_cog(path, mosaic, plan, metadata):
    compress = plan.get("compress") or "DEFLATE"
    options = ["BLOCKSIZE=512", "COMPRESS=" + compress, "BIGTIFF=IF_SAFER",
               "NUM_THREADS=" + os.environ.get("GDAL_NUM_THREADS", "1"),
               "OVERVIEW_RESAMPLING=" + (plan.get("resampling") or "AVERAGE")]
    if compress in ("DEFLATE", "LZW", "ZSTD"):
        options.append("PREDICTOR=YES")
    source = gdal.OpenEx(mosaic, gdal.OF_RASTER, allowed_drivers=["VRT"])
    if metadata:
        source.SetMetadata(metadata)
    gdal.GetDriverByName("COG").CreateCopy(path, source, options=options).FlushCache()


# ---- the preview -----------------------------------------------------------------------------------------------


def ramp(values, stops, colours):
    return np.stack([np.interp(values, stops, [colour[k] for colour in colours]) for k in range(3)])


def stretch(values, valid):
    """The values scaled so that the 2nd percentile becomes 0 and the 98th becomes 1."""
    low, high = np.percentile(values[valid], (2, 98)) if valid.any() else (0, 1)
    return (values - low) / ((high - low) or 1)


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
    size = {"buf_xsize": width, "buf_ysize": height}
    values = [band.ReadAsArray(resample_alg=gdal.GRIORA_Average, **size).astype(np.float64) for band in bands]
    valid = np.logical_and.reduce([np.isfinite(plane) for plane in values])
    for band, plane in zip(bands, values):
        nodata = band.GetNoDataValue()
        valid &= plane != nodata if nodata is not None else True
    values = [np.where(valid, plane, 0) for plane in values]
    if len(values) == 3:
        whole = bands[0].DataType == gdal.GDT_Byte
        picture = np.stack([plane if whole else stretch(plane, valid) * 255 for plane in values])
    elif INDEX_NAME.search(bands[0].GetDescription() or "") and bands[0].DataType != gdal.GDT_Byte:
        scale = bands[0].GetScale() or (1.0 if bands[0].DataType in FLOATING else 0.0001)
        picture = ramp(values[0] * scale * 10000, [stop for stop, *_ in INDEX_RAMP], [c for _, *c in INDEX_RAMP])
    else:
        picture = ramp(stretch(values[0], valid), np.linspace(0, 1, len(RAMP)), RAMP)
    memory = gdal.GetDriverByName("MEM").Create("", width, height, 4, gdal.GDT_Byte)
    for number, plane in enumerate([*np.clip(np.rint(picture), 0, 255), valid * 255], 1):
        memory.GetRasterBand(number).WriteArray(plane.astype(np.uint8))
    memory.GetRasterBand(4).SetColorInterpretation(gdal.GCI_AlphaBand)
    gdal.GetDriverByName("PNG").CreateCopy(path + ".tmp", memory, options=["ZLEVEL=6"]).FlushCache()
    with open(path + ".tmp", "rb") as file:
        os.fsync(file.fileno())
    os.replace(path + ".tmp", path)


# ---- the facts -------------------------------------------------------------------------------------------------


def statistics(band):
    """Statistics of the valid pixels, in strips. A very large band uses an overview, and is marked as approximate."""
    approximate = band.XSize * band.YSize > EXACT_STATISTICS
    level = band
    if approximate:
        levels = [band.GetOverview(number) for number in range(band.GetOverviewCount())]
        level = next((v for v in levels if v.XSize * v.YSize <= EXACT_STATISTICS), band)
    count, total, squares, low, high, base = 0, 0.0, 0.0, np.inf, -np.inf, None
    for row in range(0, level.YSize, 256):
        window = (0, row, level.XSize, min(256, level.YSize - row))
        values, nodata = level.ReadAsArray(*window), band.GetNoDataValue()
        if values.dtype.kind == "f":
            values = values[np.isfinite(values)]
        if nodata is not None:
            values = values[values != values.dtype.type(nodata)]
        if not values.size:
            continue
        low, high = min(low, values.min()), max(high, values.max())
        values = values.astype(np.float64).ravel()
        base = values[0] if base is None else base  # sums of differences from one of the values lose no digits
        values -= base
        count, total, squares = count + values.size, total + values.sum(), squares + np.dot(values, values)
    result = {"valid_percent": round(100.0 * count / (level.XSize * level.YSize), 4), "approximate": approximate}
    if count:
        mean = total / count
        result.update(minimum=float(low), maximum=float(high), mean=float(base + mean),
                      stddev=float(max(squares / count - mean * mean, 0.0) ** 0.5))
    return result


def footprint(cog):
    """The raster's outline in WGS 84 as (bbox, geometry), or (None, None) without a georeference."""
    width, height, steps = cog.RasterXSize, cog.RasterYSize, 8
    corners = ((0, 0), (0, height), (width, height), (width, 0), (0, 0))
    ring = [(x0 + (x1 - x0) * k / steps, y0 + (y1 - y0) * k / steps)
            for (x0, y0), (x1, y1) in zip(corners, corners[1:]) for k in range(steps)]
    try:  # uses a geotransform, GCPs or RPCs; gives longitude, latitude
        transformer = gdal.Transformer(cog, None, ["DST_SRS=EPSG:4326"])
        points, done = transformer.TransformPoints(0, ring)
    except RuntimeError:
        return None, None
    ring = [(x, y) for x, y, *_ in points]
    if not all(done) or not np.isfinite(ring).all() or any(abs(y) > 90.0001 for _, y in ring):
        return None, None
    longitudes = [x for x, _ in ring]
    if max(longitudes) - min(longitudes) > 180:  # the scene crosses the antimeridian
        ring = [(x + 360 if x < 0 else x, y) for x, y in ring]
    if sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1])) < 0:
        ring.reverse()  # GeoJSON: counterclockwise
    west, east = min(x for x, _ in ring), max(x for x, _ in ring)
    south, north = min(y for _, y in ring), max(y for _, y in ring)
    parts = [ring]
    if east > 180:
        parts = [half(ring, 180, keep_west=True), [(x - 360, y) for x, y in half(ring, 180, keep_west=False)]]
        east -= 360
    polygons = [[[[round(x, 7), round(y, 7)] for x, y in part + part[:1]]] for part in parts]
    geometry = {"type": "Polygon", "coordinates": polygons[0]}
    if len(polygons) > 1:
        geometry = {"type": "MultiPolygon", "coordinates": polygons}
    return [round(value, 7) for value in (west, south, east, north)], geometry


def half(ring, meridian, keep_west):
    """The part of the ring on one side of a meridian (Sutherland-Hodgman clipping)."""
    kept, inside = [], lambda x: x <= meridian if keep_west else x >= meridian
    for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1]):
        if inside(x0):
            kept.append((x0, y0))
        if inside(x0) != inside(x1):
            kept.append((meridian, y0 + (y1 - y0) * (meridian - x0) / (x1 - x0)))
    return kept


def acquired(scene):
    """When the scene was taken (RFC 3339, UTC), from its metadata or those of its first file; None without a time."""
    # GDAL's own list of files leaves out a source with a driver's prefix.
    vrt = scene.GetDescription()
    files = [os.path.join(os.path.dirname(vrt), source.text) if source.get("relativeToVRT") == "1" else source.text
             for source in ElementTree.parse(vrt).iter("SourceFilename")]
    sources = [scene]
    for name in files[:1]:
        try:
            sources.append(gdal.OpenEx(name, gdal.OF_RASTER, allowed_drivers=["GTiff"]))
        except RuntimeError:
            pass
    for source in sources:
        default, imagery = source.GetMetadata() or {}, source.GetMetadata("IMAGERY") or {}
        date, time = default.get("DATE_ACQUIRED", ""), default.get("SCENE_CENTER_TIME", "").strip('"')
        for text in (imagery.get("ACQUISITIONDATETIME"), default.get("DATATAKE_1_DATATAKE_SENSING_START"),
                     default.get("PRODUCT_START_TIME"), default.get("SENSING_TIME"), default.get("ACQUISITIONDATETIME"),
                     f"{date}T{time}" if date and time else None, default.get("TIFFTAG_DATETIME")):
            match = re.fullmatch(r"(\d{4})[-:](\d\d)[-:](\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d+)?Z?", (text or "").strip())
            if match:
                try:
                    moment = datetime(*map(int, match.groups()[:6]), tzinfo=timezone.utc)
                except ValueError:  # for example "0000:00:00 00:00:00"
                    continue
                return moment.strftime("%Y-%m-%dT%H:%M:%S") + (match[7] or "")[:7] + "Z"
    return None


def facts(cog, scene, bands, tiles):
    reference = cog.GetSpatialRef()
    transform = cog.GetGeoTransform(can_return_null=True)
    if reference is None and cog.GetGCPCount():
        reference = cog.GetGCPSpatialRef()
    epsg = projjson = wkt2 = None
    if reference:
        code = reference.GetAuthorityCode(None)
        epsg = int(code) if code and code.isdigit() and reference.GetAuthorityName(None) == "EPSG" else None
        wkt2 = reference.ExportToWkt(["FORMAT=WKT2_2019"])
        try:
            projjson = json.loads(reference.ExportToPROJJSON())
        except (RuntimeError, ValueError):
            pass
    bbox, geometry = footprint(cog)
    described = []
    for number, band in enumerate(bands, 1):
        made = cog.GetRasterBand(number)
        nodata = band["nodata"]
        described.append({
            "name": band["description"] or f"band{number}", "description": band["description"],
            "data_type": band["type"], "scale": band.get("scale"), "offset": band.get("offset"),
            "nodata": None if nodata is None else nodata if np.isfinite(nodata) else str(nodata).lower(),
            "statistics": statistics(made)})
    a, b, c, d, e, f = transform or (0,) * 6
    return {
        "epsg": epsg, "wkt2": wkt2, "projjson": projjson,
        "transform": [b, c, a, e, f, d, 0.0, 0.0, 1.0] if transform else None,  # in STAC's order: the rows of a matrix
        "shape": [cog.RasterYSize, cog.RasterXSize], "bbox": bbox, "geometry": geometry,
        "datetime": acquired(scene), "bands": described,
        "tiles": len(tiles), "empty": sum(tile.path is None for tile in tiles),
        "software": {"gdal": gdal.VersionInfo("RELEASE_NAME"), "numpy": np.__version__,
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
    bands = describe_bands(tiles, plan.get("output"))
    scene = gdal.OpenEx(os.environ["SWATH_INPUT"], gdal.OF_RASTER, allowed_drivers=["VRT"])
    mosaic = write_mosaic(scratch, width, height, bands, tiles, os.environ["SWATH_INPUT"])
    taken = acquired(scene)
    stamp = {"TIFFTAG_DATETIME": taken[:19].replace("-", ":").replace("T", " ")} if taken else {}
    try:
        write_cog(os.environ["SWATH_OUTPUT"], mosaic, plan, stamp)
    finally:
        check_unchanged(tiles)  # also if it failed: a tile that was changed meanwhile explains it

    cog = gdal.OpenEx(os.environ["SWATH_OUTPUT"], gdal.OF_RASTER, allowed_drivers=["GTiff"])
    product = os.path.join(batch, "product")
    os.makedirs(product, exist_ok=True)
    if plan.get("preview", True):
        write_preview(os.path.join(product, "preview.png"), cog)
    path = os.path.join(product, "product.json")
    with open(path + ".tmp", "w") as file:
        json.dump(facts(cog, scene, bands, tiles), file, indent=1, allow_nan=False)
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
