#!/usr/bin/env python3
"""Makes a scene's product from its tiles: a Cloud Optimized GeoTIFF, a preview, and the facts for the STAC Item.

Runs through job.sh, as one task or as several, of which task 0 makes the product and the others only convert tiles for it. It reads
mosaic.json and mosaic.tsv in $SWATH_BATCH, writes the COG to $SWATH_OUTPUT, and writes preview.png, polygons.gpkg and
product.json to $SWATH_BATCH/product/. Every tile must be there, as
TILE.tif or as TILE.empty, and be what its evidence says. A missing or changed tile is an error that names the
tile, never a gap in the product. The georeference (projection, geotransform, GCPs, RPCs) is copied from scene.vrt,
so a rotated scene and a scene without georeference keep what they have.
"""
import json
import os
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
from osgeo import gdal

sys.dont_write_bytecode = True  # jobs may not write to this folder
import converting  # noqa: E402
import copying  # noqa: E402
import decoding  # noqa: E402
import figures  # noqa: E402
import mosaic  # noqa: E402
import polygons  # noqa: E402
import preview  # noqa: E402
import swath_exchange as exchange  # noqa: E402
from outline import outline  # noqa: E402
from directories import NotCopyable  # noqa: E402
from tiles import BadTiles, NotReady, Tiles, Unusable  # noqa: E402

MOST_SOFTWARE = 8  # that the Item lists: jobs may write anything
FEW, MOST = 0.01, 0.5  # of the valid pixels: so many may leave an index's range without a mark, and at most
LONGEST_REASON = 300  # characters


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
            "colour": gdal.GetColorInterpretationName(band.GetColorInterpretation()), "palette": preview.palette(band)})
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


def read_metadata(tiles):
    """(number, metadata) of each tile that is not empty; a tile is opened when it is asked for."""
    for tile in tiles:
        if tile.path:
            yield tile.number, gdal.OpenEx(tile.path, gdal.OF_RASTER, allowed_drivers=["GTiff"]).GetMetadata()


def outside_range(said):
    """How many pixels have left the range of the recipe's index, of how many valid ones; None if the recipe counts none.

    The scripts count them in the metadata of their output, because a result is often clipped to its range: a scene
    whose offset was applied twice has an NDVI of 1 nearly everywhere. `said`: (number, metadata) of tiles."""
    outside, count, known = 0, 0, False
    for number, metadata in said:
        if "SWATH_OUTSIDE_RANGE" not in metadata:
            break  # the recipe does not count, so no further tile has to be opened
        try:
            outside += int(metadata["SWATH_OUTSIDE_RANGE"])
            count += int(metadata["SWATH_VALID_PIXELS"])
        except (KeyError, ValueError) as error:
            raise Unusable(f"tile {number} does not say how many of its pixels are valid: {error!r}")
        known = True
    if known and outside > MOST * count:
        raise Unusable(f"{100 * outside / count:.0f} % of the valid pixels have left the range of the index, so the product would be "
                       "wrong. Check the scene's scale and offset: they may be missing, or be applied to the pixels already "
                       "(in a STAC Item: raster:scale, raster:offset)")
    return {"pixels": outside, "valid": count} if known else None


def software(said):
    """What computed the tiles, {name: version}: the scripts may write it into the metadata of their output. `said` as above."""
    lines = set()
    for _, metadata in said:
        line = metadata.get("SWATH_SOFTWARE")
        if not line or len(lines) == MOST_SOFTWARE:
            break  # the recipe does not say, so no further tile has to be opened
        lines.add(line[:150])
    found = {}
    for line in sorted(lines):
        name, _, version = line.rpartition(" ")
        found[name or version] = ", ".join(filter(None, (found.get(name), version)))
    return found


# ---- the facts -------------------------------------------------------------------------------------------------


def facts(cog, bands, tiles, statistics, outside, plan, computed):
    """`statistics`: of each band; None: they are computed from the pixels."""
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
            "classes": (plan.get("output") or {}).get("classes") or [], "statistics": statistics[number - 1] if statistics else figures.of_pixels(made, tiles)})
    a, b, c, d, e, f = transform or (0,) * 6
    return {
        "epsg": epsg, "wkt2": wkt2, "projjson": projjson,
        "transform": [b, c, a, e, f, d, 0.0, 0.0, 1.0] if transform else None,  # in STAC's order: the rows of a matrix
        "shape": [cog.RasterYSize, cog.RasterXSize], "bbox": bbox, "geometry": geometry,
        "bands": described, "outside_range": outside,
        "tiles": len(tiles), "empty": sum(tile.path is None for tile in tiles),
        "software": {**computed, **(plan.get("model") or {}), "gdal": gdal.VersionInfo("RELEASE_NAME"), "numpy": np.__version__,
                     "python": sys.version.split()[0]}}


def shown(reason):
    return reason and reason[:LONGEST_REASON]


def make(plan, tiles, scratch):
    """Writes the COG: (bands, statistics of each band or None, (pixels outside their range, software), {"way", "reason"}). None in
    the tasks that only convert tiles for task 0."""
    scene_vrt, output, scene = os.environ["SWATH_INPUT"], os.environ["SWATH_OUTPUT"], mosaic.georeference(os.environ["SWATH_INPUT"])
    try:
        tiles.remember_first()  # before GDAL opens it by its path
        bands = describe_bands(tiles.all, plan.get("output"), scene_vrt)
        reference = copying.reference(plan, bands, scene, scratch)
        made = converting.tiles(plan, bands, tiles, reference, scratch)
        if made is None:
            return None
        said, statistics, bad = copying.product(output, plan, bands, made.tiles, reference, scratch, tiles, made.scanned)
        if bad:
            raise BadTiles(bad)
        said = [(tile.number, metadata[tile.number]) for metadata in [{**dict(said), **made.metadata}] for tile in tiles.all if tile.path]
        converting.remove_parts(scratch)
        way = "converted" if made.metadata else "copied"
        return bands, statistics, (outside_range(said), software(said)), {"way": way, "reason": shown(made.reason)}
    except (NotCopyable, Unusable, RuntimeError) as error:
        reason = str(error)
    if exchange.TASK:
        converting.refuse(reason)
        return None
    bad = tiles.different()  # a tile that was changed explains it
    if bad:
        raise BadTiles(bad)
    converting.remove_parts(scratch)  # they may have filled what decoding needs
    bands = describe_bands(tiles.all, plan.get("output"), scene_vrt)
    counted = outside_range(read_metadata(tiles.all)), software(read_metadata(tiles.all))
    print(f"assemble: every pixel is decoded and encoded again, which is slow, because {reason}", file=sys.stderr)
    decoding.product(output, plan, bands, tiles.all, scene, scratch)
    return bands, None, counted, {"way": "decoded", "reason": shown(reason)}


def main():
    gdal.UseExceptions()
    gdal.SetConfigOption("GDAL_MAX_DATASET_POOL_SIZE", "40")  # open tiles: each takes some MB, and there may be 100,000
    batch, work, scratch = (os.environ["SWATH_" + name] for name in ("BATCH", "WORK", "SCRATCH"))
    with open(os.path.join(batch, "mosaic.json")) as file:
        plan = json.load(file)
    plan.update(compress=plan.get("compress") or "DEFLATE", resampling=plan.get("resampling") or "AVERAGE")
    tiles = Tiles(os.path.join(batch, plan["tiles"]), os.path.join(work, "tiles", plan["step"]), os.path.dirname(batch),
                  plan["width"], plan["height"], plan.get("made", False))
    try:
        made = make(plan, tiles, scratch)
    finally:
        tiles.check_unchanged()  # also if it failed: a tile that was changed meanwhile explains it
    if made is None:
        return
    bands, statistics, (outside, computed), way = made

    cog = gdal.OpenEx(os.environ["SWATH_OUTPUT"], gdal.OF_RASTER, allowed_drivers=["GTiff"])
    if outside and outside["pixels"] > FEW * outside["valid"]:
        with open(os.environ["SWATH_NOTE"], "w") as note:
            print(f"{100 * outside['pixels'] / outside['valid']:.1f} % of the valid pixels have left the range of the index", file=note)
    product = os.path.join(batch, "product")
    os.makedirs(product, exist_ok=True)
    if plan.get("preview", True):
        preview.write(os.path.join(product, "preview.png"), cog)
    if plan.get("polygons"):
        polygons.write(os.path.join(product, "polygons.gpkg"), cog, (plan.get("output") or {}).get("classes") or [], scratch)
    path = os.path.join(product, "product.json")
    with open(path + ".tmp", "w") as file:
        json.dump({**facts(cog, bands, tiles.all, statistics, outside, plan, computed), "assembly": way}, file, indent=1, allow_nan=False)
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
        aside = os.path.join(os.environ["SWATH_EXCHANGE"], f".bad-tiles.{exchange.TASK}")
        with open(aside, "w") as file:
            print(",".join(error.numbers[:1000]), file=file)
        os.replace(aside, os.path.join(os.environ["SWATH_EXCHANGE"], ".bad-tiles"))  # whole, if two tasks find some
        sys.exit(65)
    except (Unusable, RuntimeError, OSError) as error:
        print(f"assemble: {error}", file=sys.stderr)
        sys.exit(1)
