#!/usr/bin/python3
"""Forty odd but legal GeoTIFFs, made from a seed, and their products held against numpy pixel by pixel.

  odd_scenes.py make FOLDER     writes FOLDER/NUMBER/scenes/S1/scene.tif and what is right about it
  odd_scenes.py check FOLDER    after Swath has planned each scene (work/S1/scene.vrt): runs its tasks and the assembly

OddScenesTest does both, and the planning in between.
"""
import json
import os
import pickle
import sys
import unittest

import numpy as np
from osgeo import gdal, ogr, osr

from outline_test import Place, in_box
from tasks import Tasks, grid

SEED, COUNT = 20261126, 40
FLT_MAX, DBL_MAX = 3.4028234663852886e38, 1.7976931348623157e308
# numpy's type, GDAL's, the bits of a sample or 0 for all, the nodata to choose from (None: none; the last ones mark nothing)
TYPES = (
    ("uint8", gdal.GDT_Byte, 0, (0, 255, None, -9999)), ("uint16", gdal.GDT_UInt16, 0, (0, 65535, None, 70000)),
    ("int16", gdal.GDT_Int16, 0, (-32768, 0, -9999)), ("uint32", gdal.GDT_UInt32, 0, (4294967295, 0)),
    ("int32", gdal.GDT_Int32, 0, (-2147483648, -999999999)),
    ("float32", gdal.GDT_Float32, 0, (-FLT_MAX, FLT_MAX, np.nan, -np.inf, -9999.9, None)),
    ("float64", gdal.GDT_Float64, 0, (-1e30, DBL_MAX, -DBL_MAX, np.nan, np.inf, 0.1)), ("int8", gdal.GDT_Byte, 0, (-99, -128, None)),
    ("uint8", gdal.GDT_Byte, 1, (None,)), ("uint16", gdal.GDT_UInt16, 12, (0, None)), ("uint8", gdal.GDT_Byte, 4, (15, None)))
LAYOUTS = (
    ["TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=32"], ["TILED=NO", "BLOCKYSIZE=1"], ["TILED=NO", "BLOCKYSIZE=1000"],
    ["TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=16", "INTERLEAVE=BAND"], ["TILED=NO", "INTERLEAVE=BAND"],
    ["ENDIANNESS=BIG", "TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=16"], ["BIGTIFF=YES"], ["BIGTIFF=YES", "ENDIANNESS=BIG", "INTERLEAVE=BAND"])
COMPRESSIONS = ("NONE", "LZW", "DEFLATE", "PACKBITS", "ZSTD", "LZMA", "LZW+2", "DEFLATE+2", "DEFLATE+3")
POLES = "+proj=stere +lat_0={} +lat_ts={} +lon_0=45 +datum=WGS84"
# coordinate system, transform for 1 x 1 pixels
PLACES = (
    ("EPSG:32633", (500000, 10, 0, 5300000, 0, -10)), ("EPSG:32733", (300000, 30, 0, 8000000, 0, -30)),
    ("EPSG:3031", (-320000, 9000, 0, 300000, 0, -9000)), ("EPSG:3413", (-250000, 9000, 0, 320000, 0, -9000)),
    ("EPSG:4326", (179.5, 0.02, 0, -16, 0, -0.02)), ("EPSG:4326", "globe"), ("EPSG:3857", (1500000, 500, 0, 6000000, 0, -500)),
    ("EPSG:3857", (20010000, 1000, 0, -2000000, 0, -1000)), ("+proj=sinu +R=6371007.181", (1111950, 463.3, 0, 6671703, 0, -463.3)),
    ("EPSG:3035", (4321000, 100, 0, 3210000, 0, -100)), ("EPSG:32633", (500000, 8, 3, 5000000, 3, -8)),
    ("EPSG:32633", (500000, 10, 0, 5000000, 0, 10)), ("EPSG:2263", (980000, 5, 0, 200000, 0, -5)), ("", None),
    ("EPSG:4326", (-0.5, 0.25, 0, 90.125, 0, -0.25)), (POLES.format(90, 70), (0, 9000, 0, 0, 0, -9000)), ("EPSG:5041", (1900000, 2000, 0, 2100000, 0, -2000)),
    ("EPSG:6933", (17000000, 9000, 0, 3000000, 0, -9000)), ("EPSG:32601+5773", (300000, 20, 0, 7000000, 0, -20)))


def reference_of(system):
    reference = osr.SpatialReference()
    reference.SetFromUserInput(system)
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return reference


def values(random, name, bits, shape, nodata):
    """Pixels all over the type's range, some of them nodata; and which are valid."""
    kind = np.dtype(name)
    if kind.kind == "f":
        exponents = random.uniform(-30, 30, shape) if random.uniform() < 0.3 else np.zeros(shape)
        pixels = (random.uniform(-1, 1, shape) * 10 ** exponents).astype(kind)
    else:
        limits = np.iinfo(kind) if not bits else None
        low, high = (limits.min, limits.max) if limits else (0, 2 ** bits - 1)
        pixels = random.randint(low, high + 1, shape, np.int64).astype(kind)
    valid = np.isfinite(pixels) if kind.kind == "f" else np.ones(shape, bool)
    if nodata is not None:
        with np.errstate(all="ignore"):
            possible = kind.kind == "f" or np.iinfo(kind).min <= nodata <= np.iinfo(kind).max
        if possible:
            holes = random.uniform(size=shape) < 0.2
            pixels[holes] = kind.type(nodata)
            valid = ~(np.isnan(pixels) if kind.kind == "f" and np.isnan(nodata) else pixels == kind.type(nodata))
    return pixels, valid


def make(folder):
    for number in range(COUNT):
        random = np.random.RandomState(SEED + number)
        name, kind, bits, nodatas = TYPES[number % len(TYPES)]
        nodata = nodatas[number // len(TYPES) % len(nodatas)]
        options = list(LAYOUTS[number % len(LAYOUTS)])
        compression = COMPRESSIONS[number % len(COMPRESSIONS)]
        if "+" in compression:
            compression, predictor = compression.split("+")
            fits = name.startswith("float") == (predictor == "3") and not bits
            options += ["PREDICTOR=" + predictor] if fits else []
        options.append("COMPRESS=" + ("CCITTFAX4" if bits == 1 and number % 2 else compression))
        system, transform = PLACES[number % len(PLACES)]
        width, height = (int(n) for n in random.randint(17, 90, 2))
        bands = 1 if bits == 1 or number % 3 == 0 else int(random.randint(2, 5))
        if bits:
            options.append(f"NBITS={bits}")
        if name == "int8":
            options.append("PIXELTYPE=SIGNEDBYTE")
        if transform == "globe":
            west = random.choice([-180, 0, -180.5])
            transform = (west, 360 / width, 0, 90, 0, -180 / height)
        palette = name in ("uint8", "uint16") and bands == 1 and bits != 1 and number % 2 == 0
        path = os.path.join(folder, str(number), "scenes", "S1")
        os.makedirs(path)
        if bands == 4 and kind == gdal.GDT_Byte:
            options.append("PHOTOMETRIC=MINISBLACK")
        made = gdal.GetDriverByName("GTiff").Create(os.path.join(path, "scene.tif"), width, height, bands, kind, options)
        if transform:
            made.SetGeoTransform(transform)
        if system:
            made.SetSpatialRef(reference_of(system))
        if number % 5 == 4:
            made.SetMetadataItem("AREA_OR_POINT", "Point")
        arrays, masks, colours = [], [], None
        if palette:
            colours = [tuple(int(c) for c in random.randint(0, 256, 3)) + (255,) for _ in range(16 if bits == 4 else 200)]
            table = gdal.ColorTable()
            for index, colour in enumerate(colours):
                table.SetColorEntry(index, colour)
            made.GetRasterBand(1).SetColorTable(table)
        for index in range(1, bands + 1):
            band = made.GetRasterBand(index)
            band.SetDescription(f"b{index}")
            if bands > 1:
                band.SetColorInterpretation(gdal.GCI_Undefined)
            if nodata is not None:
                band.SetNoDataValue(nodata)
            pixels, valid = values(random, name, bits, (height, width), nodata)
            if number % 7 == 6:
                pixels[:height // 2] = 0
                valid[:height // 2] = nodata != 0
            signed = name == "int8" and gdal.VersionInfo() < "3070000"
            band.WriteArray(pixels.view(np.uint8) if signed else pixels)
            arrays.append(pixels)
            masks.append(valid)
        made = band = None
        right = {"pixels": arrays, "valid": masks, "nodata": nodata, "system": system, "transform": transform, "type": name,
                 "colours": colours, "options": options}
        with open(os.path.join(folder, str(number), "right.pickle"), "wb") as file:
            pickle.dump(right, file)
        with open(os.path.join(folder, str(number), "bands"), "w") as file:
            file.write(str(bands))


class OddScenes(Tasks):
    def test_every_product_has_the_pixels_nodata_colours_and_place_of_its_scene(self):
        root = os.environ["ODD_SCENES"]
        for number in range(COUNT):
            self.folder = os.path.join(root, str(number))
            self.work = os.path.join(self.folder, "work", "S1")
            with open(os.path.join(self.folder, "right.pickle"), "rb") as file:
                right = pickle.load(file)
            about = f"{number} {right['type']} nodata {right['nodata']} {' '.join(right['options'])} {right['system']}"
            with self.subTest(about):
                self.check(number, right)

    def check(self, number, right):
        self.check_pixels(gdal.Open(self.path("scene.vrt")), right)
        self.height, self.width = right["pixels"][0].shape
        tiles = list(grid(self.width, self.height, 40 if number % 4 == 0 else 100))
        batch = self.batch('gdal_translate -q -mask none -srcwin $SWATH_CORE_X $SWATH_CORE_Y $SWATH_CORE_WIDTH $SWATH_CORE_HEIGHT '
                           '"$SWATH_INPUT" "$SWATH_OUTPUT"', tiles, step="copy")
        self.run_all(batch, tiles)
        evidence, facts, batch = self.assemble("copy", tiles)
        self.assertEqual("ok", evidence["outcome"], self.log(batch))
        cog = gdal.Open(self.path("tiles/assemble/0.tif"))
        self.check_pixels(cog, right)
        self.check_statistics(facts, right)
        self.check_place(cog, facts, right, np.random.RandomState(number))

    def check_pixels(self, dataset, right):
        for index, (pixels, valid) in enumerate(zip(right["pixels"], right["valid"]), 1):
            band = dataset.GetRasterBand(index)
            np.testing.assert_array_equal(pixels, band.ReadAsArray())
            mask = band.GetMaskBand().ReadAsArray() != 0
            np.testing.assert_array_equal(valid | ~np.isfinite(pixels) & (mask != valid), mask)
            nodata, kept = right["nodata"], band.GetNoDataValue()
            if valid.all():
                self.assertTrue(mask.all())
            else:
                self.assertTrue(np.isnan(kept) if np.isnan(nodata) else pixels.dtype.type(kept) == pixels.dtype.type(nodata), kept)
            if right["colours"]:
                table = band.GetColorTable()
                found = [table.GetColorEntry(value) for value in range(len(right["colours"]))]
                # GDAL makes the colour of the nodata transparent.
                self.assertEqual([colour[:3] for colour in right["colours"]], [colour[:3] for colour in found])

    def check_statistics(self, facts, right):
        for band, pixels, valid in zip(facts["bands"], right["pixels"], right["valid"]):
            good = pixels[valid & np.isfinite(pixels)].astype(np.longdouble)
            self.assertAlmostEqual(100 * good.size / pixels.size, band["statistics"]["valid_percent"], 3)
            for name, value in (("minimum", good.min()), ("maximum", good.max()), ("mean", good.mean()), ("stddev", good.std())):
                self.assertAlmostEqual(float(value), band["statistics"][name], delta=1e-9 * float(np.abs(good).max()), msg=name)

    def check_place(self, cog, facts, right, random):
        if not right["system"]:
            self.assertEqual([None] * 4, [facts[name] for name in ("epsg", "transform", "bbox", "geometry")])
            return
        for one, other in zip(right["transform"], cog.GetGeoTransform()):
            self.assertAlmostEqual(one, other, delta=1e-9 * max(1, abs(one)))
        horizontal = right["system"].split("+")[0]
        if horizontal.startswith("EPSG:") and "+" not in right["system"]:
            self.assertEqual(int(horizontal[5:]), facts["epsg"])
        place, shape = Place(cog), ogr.CreateGeometryFromJson(json.dumps(facts["geometry"]))
        self.assertTrue(shape.IsValid())
        for x, y in random.uniform(0, 1, (40, 2)) * place.size:
            at = place.of(x, y)
            if at:
                at = at[0], min(max(at[1], -90.0), 90.0)  # the grid of pixel centres reaches beyond the pole
                self.assertTrue(in_box(facts["bbox"], *at), (at, facts["bbox"]))
                self.assertTrue(shape.Intersects(ogr.CreateGeometryFromWkt("POINT (%.15g %.15g)" % at)), (at, facts["geometry"]))
        for longitude, latitude in random.uniform((-180, -90), (180, 90), (40, 2)):
            if not in_box(facts["bbox"], longitude, latitude):
                self.assertFalse(place.covers(longitude, latitude), (longitude, latitude, facts["bbox"]))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    else:
        os.environ["ODD_SCENES"] = sys.argv[2]
        unittest.main(argv=sys.argv[:1])
