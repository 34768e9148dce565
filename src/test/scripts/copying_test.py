#!/usr/bin/python3
"""A product that is copied from the blocks of its tiles: its pixels, overviews, statistics and layout, held against numpy, GDAL's own
overviews and GDAL's validator; and tiles that cannot be copied.

Plain unittest; needs GDAL's Python bindings, as the nodes do: /usr/bin/python3 copying_test.py
"""
import contextlib
import hashlib
import io
import json
import os
import struct
import sys
import unittest

import numpy as np
from osgeo import gdal
from osgeo_utils.samples import validate_cloud_optimized_geotiff

from tasks import RESOURCES, Tasks, grid

sys.path.insert(0, RESOURCES)
import assemble  # noqa: E402
import cog as cog_writer  # noqa: E402
import figures  # noqa: E402
import swath_overviews as overviews  # noqa: E402
import directories  # noqa: E402
import swath_tiff as tiff  # noqa: E402
from tiles import BadTiles, Tiles  # noqa: E402

WIDE = ("int32", "uint32", "float64")
TYPES = {"uint8": "Byte", "uint16": "UInt16", "int16": "Int16", "uint32": "UInt32", "int32": "Int32", "float32": "Float32",
         "float64": "Float64", "complex64": "CFloat32"}


def statistics(band, nodata):
    """As a tile carries them."""
    good = band[overviews.valid(band, overviews.exact_nodata(nodata, band.dtype))]
    if not good.size:
        return {"count": 0}
    if band.dtype.kind == "c":
        return {"count": good.size}
    low_high = {"count": good.size, "minimum": good.min().item(), "maximum": good.max().item()}
    if band.dtype.kind in "iu":
        whole = [int(value) for value in good]
        return {**low_high, "sum": sum(whole), "squares": sum(value * value for value in whole)}
    wide = good.astype(np.longdouble)
    return {**low_high, "mean": float(wide.mean()), "m2": float(((wide - wide.mean()) ** 2).sum())}


def write_tile(path, values, nodata=None, compress="DEFLATE", levels=1, resampling="AVERAGE", colours=(), palette=None, metadata=None,
               options=()):
    """A tile with overviews, each halved from the one before, and statistics."""
    bands, height, width = values.shape
    kind = values.dtype
    predictor = [] if compress == "NONE" else ["PREDICTOR=" + ("3" if kind.kind in "fc" else "2")]
    made = gdal.GetDriverByName("GTiff").Create(path, width, height, bands, gdal.GetDataTypeByName(TYPES[kind.name]), [
        *options, "TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "INTERLEAVE=PIXEL", "SPARSE_OK=TRUE", "COMPRESS=" + compress, *predictor])
    for number in range(1, bands + 1):
        band = made.GetRasterBand(number)
        if nodata is not None:
            band.SetNoDataValue(nodata)
        if palette:
            table = gdal.ColorTable()
            for index, colour in palette.items():
                table.SetColorEntry(index, colour)
            band.SetColorTable(table)
        if colours:
            band.SetColorInterpretation(colours[number - 1])
    made.SetMetadata({"SWATH_STATISTICS": json.dumps([statistics(band, nodata) for band in values]), **(metadata or {})})
    made.WriteArray(values)
    made = None
    gdal.SetConfigOption("GDAL_TIFF_OVR_BLOCKSIZE", "512")
    if levels:
        gdal.Open(path, gdal.GA_Update).BuildOverviews("NONE", [2 ** level for level in range(1, levels + 1)])
        file = gdal.Open(path, gdal.GA_Update)
        for level in range(levels):
            values = half(values, nodata, resampling, palette)
            for number, band in enumerate(values, 1):
                file.GetRasterBand(number).GetOverview(level).WriteArray(band)
        file = None


def half(values, nodata, resampling, palette=None):
    """The next level, made in one piece: by GDAL's own overviews, or by the rule of swath_overviews.py for the types it names."""
    if values.dtype.name in WIDE:
        return np.stack([wide_half(band, nodata, resampling) for band in values])
    values = np.pad(values, ((0, 0), (0, values.shape[1] % 2), (0, values.shape[2] % 2)), "edge")
    path = "/vsimem/half.tif"
    made = gdal.GetDriverByName("GTiff").Create(path, values.shape[2], values.shape[1], len(values),
                                                gdal.GetDataTypeByName(TYPES[values.dtype.name]), ["INTERLEAVE=BAND"])
    if nodata is not None:
        made.GetRasterBand(1).SetNoDataValue(nodata)
    if palette:
        table = gdal.ColorTable()
        for index, colour in palette.items():
            table.SetColorEntry(index, colour)
        made.GetRasterBand(1).SetColorTable(table)
    made.WriteArray(values)
    made = None
    made = gdal.Open(path, gdal.GA_Update)
    made.BuildOverviews(resampling, [2])
    return np.stack([made.GetRasterBand(number).GetOverview(0).ReadAsArray() for number in range(1, len(values) + 1)])


def wide_half(band, nodata, resampling):
    """The next level by the rule of swath_overviews.py, in one piece."""
    padded = np.pad(band, ((0, band.shape[0] % 2), (0, band.shape[1] % 2)))
    if resampling == "NEAREST":
        return padded[::2, ::2]
    inside = np.pad(np.ones(band.shape, bool), ((0, band.shape[0] % 2), (0, band.shape[1] % 2)))
    exact = overviews.exact_nodata(nodata, band.dtype)
    return overviews.fitted(*overviews.reduced(padded, overviews.valid(padded, exact) & inside, resampling, 0), band.dtype, exact)


class Copying(Tasks):
    def tiles(self, values, size, levels=1, empty=(), nodata=None, **kept):
        """Writes the tiles of an array, with evidence."""
        self.height, self.width = values.shape[1:]
        source = gdal.GetDriverByName("VRT").Create(self.path("scene.vrt"), self.width, self.height, 1)
        source.SetGeoTransform((500000.0, 10.0, 0.0, 5000000.0, 0.0, -10.0))
        source.FlushCache()
        for folder in ("tiles/cut", "swath-t1/evidence"):
            os.makedirs(self.path(folder), exist_ok=True)
        tiles = list(grid(self.width, self.height, size))
        for number, (*_, x, y, w, h) in enumerate(tiles):
            if number in empty:
                values[:, y:y + h, x:x + w] = 0 if nodata is None else nodata
                self.evidence_of(number, {"outcome": "empty"})
            else:
                write_tile(self.path(f"tiles/cut/{number}.tif"), values[:, y:y + h, x:x + w], nodata, levels=levels, **kept)
                self.prove(number)
        return tiles

    def evidence_of(self, number, evidence):
        with open(self.path(f"swath-t1/evidence/{number}.json"), "w") as file:
            json.dump(evidence, file)

    def prove(self, number):
        """Writes the evidence of a tile as it is now."""
        with open(self.path(f"tiles/cut/{number}.tif"), "rb") as file:
            content = file.read()
        self.evidence_of(number, {"outcome": "ok", "output": {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}})

    def product(self, tiles, **plan):
        """Runs the assembly in this process: (product, facts)."""
        batch, scratch = self.path("swath-a1"), os.path.join(self.folder, "scratch")
        os.makedirs(os.path.join(batch, "product"), exist_ok=True)
        with open(os.path.join(batch, "mosaic.json"), "w") as file:
            json.dump({"step": "cut", "width": self.width, "height": self.height, "tiles": "mosaic.tsv", "preview": False, **plan}, file)
        with open(os.path.join(batch, "mosaic.tsv"), "w") as file:
            for number, (*_, x, y, w, h) in enumerate(tiles):
                print(number, x, y, w, h, f"swath-t1/evidence/{number}.json", sep="\t", file=file)
        path = self.path("product.tif")
        os.environ.update(SWATH_BATCH=batch, SWATH_WORK=self.work, SWATH_SCRATCH=scratch, SWATH_INPUT=self.path("scene.vrt"),
                          SWATH_OUTPUT=path, SWATH_NOTE=self.path("note"), GDAL_NUM_THREADS="2")
        with contextlib.redirect_stderr(io.StringIO()) as said:
            assemble.main()
        warnings, errors, _ = validate_cloud_optimized_geotiff.validate(path, check_tiled=True, full_check=True)
        self.assertEqual(([], []), (warnings, errors))
        with open(os.path.join(batch, "product/product.json")) as file:
            facts = json.load(file)
        self.assertEqual(facts["assembly"]["way"] == "decoded", "decoded and encoded again" in said.getvalue())
        return gdal.Open(path), facts

    def noise(self, kind, nodata, width, height, bands=1, seed=3):
        random = np.random.RandomState(seed)
        low, high = {"u": (0, 250), "i": (-100, 100), "f": (-1, 1)}[np.dtype(kind).kind]
        values = random.uniform(low, high, (bands, height, width))
        values = (values if kind.startswith("f") else np.rint(values)).astype(kind)
        y, x = np.mgrid[0:height, 0:width]
        if nodata is not None:
            values[:, (x + 2 * y < 600) | (random.uniform(size=x.shape) < 0.1)] = nodata
        return values

    def check(self, made, values, nodata, resampling="AVERAGE", palette=None, converted=None):
        """The full size exactly, each overview as the half of the one before, the statistics as numpy computes them. `converted`: a
        part of the reason why tiles were converted first; None: all were copied."""
        cog, facts = made
        self.assertEqual("converted" if converted else "copied", facts["assembly"]["way"], facts["assembly"]["reason"])
        self.assertIn(converted or "None", str(facts["assembly"]["reason"]))
        self.assertEqual("COG", cog.GetMetadataItem("LAYOUT", "IMAGE_STRUCTURE"))
        np.testing.assert_array_equal(values, cog.ReadAsArray().reshape(values.shape))
        for number, band in enumerate(values):
            said = facts["bands"][number]["statistics"]
            good = band[overviews.valid(band, overviews.exact_nodata(nodata, band.dtype))]
            self.assertEqual(round(100 * good.size / band.size, 4), said["valid_percent"])
            if good.size:
                wide = good.astype(np.longdouble)
                self.assertEqual((float(good.min()), float(good.max())), (said["minimum"], said["maximum"]))
                self.assertAlmostEqual(float(wide.mean()), said["mean"], delta=1e-12 * max(1, abs(said["mean"])))
                self.assertAlmostEqual(float(wide.std()), said["stddev"], delta=1e-12 * max(1, said["stddev"]))
        for level in range(cog.GetRasterBand(1).GetOverviewCount()):
            values = half(values, nodata, resampling, palette)
            found = np.stack([cog.GetRasterBand(number).GetOverview(level).ReadAsArray() for number in range(1, len(values) + 1)])
            np.testing.assert_array_equal(values, found, err_msg=f"overview {level}")
        self.assertLessEqual(max(values.shape[1:]), 512)

    def test_each_type_is_copied_with_its_statistics_and_overviews_are_halves_of_the_whole(self):
        for kind, nodata, bands, resampling, compress in (
                ("uint8", 255, 1, "MODE", "LZW"), ("int16", -32768, 1, "AVERAGE", "DEFLATE"), ("uint16", 0, 3, "AVERAGE", "ZSTD"),
                ("float32", -9999.0, 1, "AVERAGE", "DEFLATE"), ("float32", float("nan"), 2, "RMS", "ZSTD"),
                ("float64", -1e30, 1, "AVERAGE", "DEFLATE"), ("int32", -999999999, 1, "AVERAGE", "NONE"), ("int16", None, 1, "NEAREST", "DEFLATE")):
            with self.subTest(kind=kind, nodata=nodata):
                values = self.noise(kind, nodata, 1300, 1071, bands)
                tiles = self.tiles(values, 1024, nodata=nodata, compress=compress, resampling=resampling)
                self.check(self.product(tiles, compress=compress, resampling=resampling), values, nodata, resampling)

    def test_classes_keep_their_colours(self):
        palette = {0: (0, 0, 0, 0), 1: (10, 20, 30, 255), 2: (200, 100, 0, 255)}
        values = np.random.RandomState(4).randint(0, 3, (1, 700, 1100)).astype(np.uint8)
        tiles = self.tiles(values, 1024, nodata=0, resampling="MODE", palette=palette)
        cog, facts = self.product(tiles, resampling="MODE")
        self.check((cog, facts), values, 0, "MODE", palette)
        for dataset in (cog.GetRasterBand(1), cog.GetRasterBand(1).GetOverview(0)):
            self.assertEqual((gdal.GCI_PaletteIndex, palette[2]), (dataset.GetColorInterpretation(), dataset.GetColorTable().GetColorEntry(2)))

    def test_only_overviews_that_end_at_blocks_of_the_product_are_copied(self):
        """Tiles of 1536 pixels have a first overview of 768: it is computed; those of 2048 are copied."""
        for size in (512, 1536, 2048):
            values = self.noise("int16", -5, 3100, 2080)
            tiles = self.tiles(values, size, levels=2, nodata=-5)
            for number in range(len(tiles)):
                self.spoil_overview(number, 1)
            cog, facts = self.product(tiles)
            first = cog.GetRasterBand(1).GetOverview(0).ReadAsArray()
            if size == 2048:
                self.assertTrue((first == 77).all())
            else:
                self.check((cog, facts), values, -5)

    def spoil_overview(self, number, level):
        file = gdal.Open(self.path(f"tiles/cut/{number}.tif"), gdal.GA_Update)
        file.GetRasterBand(1).GetOverview(level - 1).Fill(77)
        file = None
        self.prove(number)

    def test_colours_of_the_recipe_are_averaged_as_gdal_does_it(self):
        classes = {1: (10, 20, 30, 255), 2: (200, 100, 0, 255)}
        palette = {**dict.fromkeys(range(256), (0, 0, 0, 255)), **classes, 0: (0, 0, 0, 0)}
        values = np.random.RandomState(4).randint(0, 3, (1, 700, 1100)).astype(np.uint8)
        tiles = self.tiles(values, 1024, nodata=0)  # whose overviews are averages of the numbers
        output = {"type": "Byte", "nodata": 0, "bands": 1, "classes": [
            {"value": value, "name": str(value), "color": bytes(colour[:3]).hex()} for value, colour in classes.items()]}
        self.check(self.product(tiles, output=output), values, 0, "AVERAGE", palette)

    def test_empty_tiles_and_blocks_take_no_place(self):
        values = self.noise("int16", -32768, 2600, 2600)
        tiles = self.tiles(values, 1024, nodata=-32768, empty=(0, 1, 3, 8))
        self.check(self.product(tiles), values, -32768)
        values = self.noise("uint8", None, 1030, 600)
        tiles = self.tiles(values, 512, levels=0, empty=(0, 1, 2, 3, 4, 5))
        cog, facts = self.product(tiles, output={"type": "Byte", "nodata": 7, "bands": 2})
        self.assertTrue((cog.ReadAsArray() == 7).all())
        self.assertEqual(({"way": "copied", "reason": None}, {"valid_percent": 0.0}), (facts["assembly"], facts["bands"][1]["statistics"]))
        self.assertLess(os.path.getsize(self.path("product.tif")), 2000)

    def test_names_scales_points_and_coefficients_are_in_the_product(self):
        values = self.noise("int16", -5, 600, 520)
        tiles = self.tiles(values, 1024, nodata=-5, metadata={"SWATH_OUTSIDE_RANGE": "12", "SWATH_VALID_PIXELS": "1300",
                                                             "SWATH_SOFTWARE": "<numpy> & co 1.24"})
        file = gdal.Open(self.path("tiles/cut/0.tif"), gdal.GA_Update)
        file.GetRasterBand(1).SetDescription("ndvi")
        file.GetRasterBand(1).SetScale(0.0001)
        file.GetRasterBand(1).SetOffset(-0.5)
        file = None
        self.prove(0)
        scene = gdal.Open(self.path("scene.vrt"), gdal.GA_Update)
        scene.SetMetadata({"LINE_OFF": "1", "SAMP_OFF": "2", "LAT_OFF": "3", "LONG_OFF": "4", "HEIGHT_OFF": "5", "LINE_SCALE": "1",
                           "SAMP_SCALE": "1", "LAT_SCALE": "1", "LONG_SCALE": "1", "HEIGHT_SCALE": "1",
                           **{name: " ".join(["1"] * 20) for name in ("LINE_NUM_COEFF", "LINE_DEN_COEFF", "SAMP_NUM_COEFF", "SAMP_DEN_COEFF")}}, "RPC")
        scene = None
        cog, facts = self.product(tiles, datetime="2026-06-21T10:05:31.2Z")
        self.check((cog, facts), values, -5)
        band = cog.GetRasterBand(1)
        self.assertEqual(("ndvi", 0.0001, -0.5, -5), (band.GetDescription(), band.GetScale(), band.GetOffset(), band.GetNoDataValue()))
        self.assertEqual("2026:06:21 10:05:31", cog.GetMetadataItem("TIFFTAG_DATETIME"))
        self.assertEqual((500000.0, 10.0, 0.0, 5000000.0, 0.0, -10.0), cog.GetGeoTransform())
        self.assertEqual(3, float(cog.GetMetadata("RPC")["LAT_OFF"]))
        self.assertEqual(({"pixels": 12, "valid": 1300}, "1.24"), (facts["outside_range"], facts["software"]["<numpy> & co"]))

    def test_a_product_beyond_4_gib_is_a_bigtiff(self):
        counts = [np.full((2, 1), 0xF0000000), np.full((1, 1), 900)]
        tags = {tag: tiff.Value(3, 1, struct.pack("<H", number)) for tag, number in (
            (tiff.BITS, 8), (tiff.BLOCK_WIDTH, 512), (tiff.BLOCK_HEIGHT, 512))}
        layout = cog_writer.Layout(tags, 512, 1024, counts)
        self.assertEqual(b"II+\0\x08\0\0\0", layout.header[:8])
        start = len(layout.header)
        self.assertEqual([[start + 4]], layout.offsets[1].tolist())
        self.assertEqual([[start + 912], [start + 920 + 0xF0000000]], layout.offsets[0].tolist())
        self.assertEqual(start + 908 + 2 * 0xF0000008, layout.size)
        found = directories.read(lambda offset, length: layout.header[offset:offset + length], layout.size, 512, 1024)
        self.assertEqual([counts[0].tolist(), counts[1].tolist()], [level.counts.tolist() for level in found])
        self.assertTrue(cog_writer.Layout(tags, 512, 1024, [counts[1].repeat(2, 0), counts[1]]).header.startswith(b"II*\0"))

    def test_a_row_of_large_blocks_is_copied_in_parts(self):
        count, columns = 3 << 20, 20
        blocks = {column: bytes([column]) * count for column in range(columns) if column not in (4, 5)}  # two are empty
        counts = np.array([[count if column in blocks else 0 for column in range(columns)]])
        source = directories.Directory(512 * columns, 512, {}, np.array([[(column + 1) * 1000 for column in range(columns)]]), counts)
        layout = cog_writer.Layout({}, 512, 512, [counts])
        written = bytearray(layout.size)
        sizes = []

        def write_at(data, offset):
            sizes.append(len(data))
            written[offset:offset + len(data)] = data

        layout.copy(write_at, lambda offset, length: blocks[offset // 1000 - 1][:length], source, 0, 0, 0)
        for column, block in blocks.items():
            start = int(layout.offsets[0][0, column])
            self.assertEqual(struct.pack("<I", count), written[start - 4:start])
            self.assertTrue(written[start:start + count] == block and written[start + count:start + count + 4] == block[-4:], column)
        self.assertLess(max(sizes), (8 << 20) + count + 8)
        self.assertEqual(len(blocks) * (count + 8), sum(sizes))

    # ---- tiles that cannot be copied --------------------------------------------------------------------------

    def test_a_block_of_more_bytes_than_a_product_can_say_is_not_copied(self):
        counts = np.array([[0x100000004]])
        tags = {tag: tiff.Value(3, 1, struct.pack("<H", number)) for tag, number in (
            (tiff.BITS, 8), (tiff.BLOCK_WIDTH, 512), (tiff.BLOCK_HEIGHT, 512))}
        levels = [{**tags, tiff.WIDTH: tiff.Value(4, 1, struct.pack("<I", 512)), tiff.HEIGHT: tiff.Value(4, 1, struct.pack("<I", 512)),
                   tiff.OFFSETS: tiff.Value(16, 1, struct.pack("<Q", 4096)), tiff.COUNTS: tiff.Value(16, 1, struct.pack("<Q", counts[0, 0]))}]
        header = cog_writer.header(levels, True).ljust(4096, b"\0")
        with self.assertRaisesRegex(directories.NotCopyable, "a block has more than 4294967295 bytes"):
            directories.read(lambda offset, length: header[offset:offset + length], 1 << 34, 512, 512)

    def test_tiles_of_another_kind_are_converted_and_the_reason_is_said(self):
        values = self.noise("int16", -5, 700, 600)

        def rewritten(**kept):
            return lambda: write_tile(self.path("tiles/cut/1.tif"), values[:, :, 512:][:, :512], kept.pop("nodata", -5), levels=0, **kept)

        def with_metadata(text):
            def change():
                file = gdal.Open(self.path("tiles/cut/1.tif"), gdal.GA_Update)
                file.SetMetadataItem("SWATH_STATISTICS", text)
            return change

        for change, reason in (
                (rewritten(compress="LZW"), "tile 1: its blocks are not coded as those of the product"),
                (rewritten(nodata=-6), "tile 1: its nodata is not -5"), (rewritten(nodata=None), "tile 1: its nodata is not -5"),
                (rewritten(options=["BLOCKXSIZE=256"]), "tile 1: its blocks are not 512 x 512"),
                (rewritten(options=["ENDIANNESS=BIG"]), "tile 1: it is no little-endian TIFF"),
                (with_metadata(None), "tile 1: it has no usable SWATH_STATISTICS"),
                (with_metadata('[{"count": 99999999}]'), "SWATH_STATISTICS")):
            tiles = self.tiles(values, 512, levels=0, nodata=-5)
            change()
            self.prove(1)
            self.check(self.product(tiles), values, -5, converted=reason)

    def test_tiles_whose_edges_are_no_blocks_of_the_product_are_converted_in_squares(self):
        for kind, nodata, bands, resampling, empty in (
                ("int16", -5, 1, "AVERAGE", (0, 3)), ("float32", float("nan"), 2, "RMS", (1,)), ("uint8", None, 3, "MODE", ()),
                ("float64", -1e30, 1, "AVERAGE", (2,))):
            with self.subTest(kind=kind):
                values = self.noise(kind, nodata, 4301, 333, bands)
                tiles = self.tiles(values, 300, levels=0, nodata=nodata, empty=empty, resampling=resampling)
                self.check(self.product(tiles, resampling=resampling), values, nodata, resampling, converted="multiples of 512")

    def test_a_large_tile_becomes_several_parts(self):
        values = self.noise("uint8", 0, 4700, 600)
        tiles = self.tiles(values, 8192, levels=0, nodata=0, compress="LZW", metadata={
            "SWATH_OUTSIDE_RANGE": "12", "SWATH_VALID_PIXELS": "1300", "SWATH_SOFTWARE": "torch 2.11"})
        made = self.product(tiles)
        self.check(made, values, 0, converted="tile 0: its blocks are not coded as those of the product")
        self.assertEqual(({"pixels": 12, "valid": 1300}, "2.11"), (made[1]["outside_range"], made[1]["software"]["torch"]))

    def test_converted_pixels_and_overviews_are_those_that_gdal_makes_of_the_whole(self):
        for kind, nodata, resampling in (("int16", -5, "AVERAGE"), ("float32", -9999.0, "AVERAGE"), ("uint8", 255, "MODE"),
                                         ("float32", float("nan"), "RMS"), ("int16", None, "NEAREST")):
            values = self.noise(kind, nodata, 1400, 1200, 2)
            if kind == "float32":
                values[0, 700, 500] = np.inf
            cog, facts = self.product(self.tiles(values, 400, levels=0, nodata=nodata), resampling=resampling)
            self.assertEqual("converted", facts["assembly"]["way"])
            whole = gdal.GetDriverByName("MEM").Create("", 1400, 1200, 2, gdal.GetDataTypeByName(TYPES[kind]))
            whole.WriteArray(values)
            for number in (1, 2):
                if nodata is not None:
                    whole.GetRasterBand(number).SetNoDataValue(nodata)
            expected = gdal.GetDriverByName("COG").CreateCopy("/vsimem/whole.tif", whole, options=["OVERVIEW_RESAMPLING=" + resampling])
            for number in (1, 2):
                found, band = cog.GetRasterBand(number), expected.GetRasterBand(number)
                np.testing.assert_array_equal(band.ReadAsArray(), found.ReadAsArray())
                self.assertEqual(2, found.GetOverviewCount())
                for level in (0, 1):
                    np.testing.assert_array_equal(band.GetOverview(level).ReadAsArray(), found.GetOverview(level).ReadAsArray(),
                                                  err_msg=f"{kind} {resampling} {level}")

    def test_what_cannot_be_converted_is_decoded_and_the_reason_is_said(self):
        values = self.noise("int16", -5, 700, 600)
        cog, facts = self.product(self.tiles(values, 512, levels=0, nodata=-5), resampling="CUBIC")
        self.assertIn("overviews by CUBIC look beyond the edge", facts["assembly"]["reason"])
        cog, facts = self.product(self.tiles(values, 400, levels=0, empty=(1,)))
        self.assertIn("the output has no nodata", facts["assembly"]["reason"])
        np.testing.assert_array_equal(values[0], cog.ReadAsArray())
        complexes = values.astype(np.complex64)
        cog, facts = self.product(self.tiles(complexes, 512, levels=0, options=["PREDICTOR=1"]))
        self.assertIn("complex", facts["assembly"]["reason"])
        np.testing.assert_array_equal(complexes[0], cog.ReadAsArray())

    def test_masks_of_tiles_are_in_the_product_its_overviews_and_statistics(self):
        """Internal masks; a tile without one has data everywhere, an empty tile nowhere."""
        gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
        for kind in ("uint8", "float64"):
            values = self.noise(kind, None, 1100, 300)
            tiles = self.tiles(values, 512, levels=0, empty=(2,))
            mask = np.ones(values[0].shape, bool)
            mask[:, 1024:] = False
            mask[:, :512] = np.add.outer(np.arange(300), np.arange(512)) % 50 > 20
            file = gdal.Open(self.path("tiles/cut/0.tif"), gdal.GA_Update)
            file.CreateMaskBand(gdal.GMF_PER_DATASET)
            file.GetRasterBand(1).GetMaskBand().WriteArray(mask[:, :512].astype(np.uint8) * 255)
            file = None
            self.prove(0)
            cog, facts = self.product(tiles)
            self.assertIn("tile 0: it has a mask or a transparent band", facts["assembly"]["reason"])
            band, said = cog.GetRasterBand(1), facts["bands"][0]["statistics"]
            np.testing.assert_array_equal(mask, band.GetMaskBand().ReadAsArray() == 255)
            np.testing.assert_array_equal(values[0][mask], band.ReadAsArray()[mask])
            self.assertAlmostEqual(100 * mask.mean(), said["valid_percent"], 3)
            self.assertAlmostEqual(values[0][mask].mean(), said["mean"], 9)
            level = np.stack([mask[y::2, x::2] for y in (0, 1) for x in (0, 1)]).any(0)
            np.testing.assert_array_equal(level, band.GetOverview(0).GetMaskBand().ReadAsArray() == 255)

    def test_tiles_that_are_not_what_their_evidence_says_are_named_and_never_copied(self):
        values = self.noise("int16", -5, 2600, 600)
        tiles = self.tiles(values, 512, levels=0, nodata=-5)
        path = self.path("tiles/cut/{}.tif")
        for number in (2, 4):
            with open(path.format(number), "r+b") as file:
                file.seek(-100, os.SEEK_END)
                byte = file.read(1)
                file.seek(-100, os.SEEK_END)
                file.write(bytes([byte[0] ^ 1]))
        with self.assertRaises(BadTiles) as raised:
            self.product(tiles)
        self.assertEqual(["2", "4"], raised.exception.numbers)
        os.truncate(path.format(1), 10)
        with self.assertRaises(BadTiles) as raised:
            self.product(tiles)
        self.assertEqual(["1", "2", "4"], raised.exception.numbers)

    def test_a_tile_that_is_exchanged_while_gdal_reads_its_bands_is_named(self):
        folder = self.path("tiles", "first")
        os.makedirs(folder)
        path = os.path.join(folder, "0.tif")
        write_tile(path, np.full((1, 512, 512), 7, np.uint8))
        with open(self.path("first.tsv"), "w") as file:
            file.write("0\t0\t0\t512\t512\t\n")
        found = Tiles(self.path("first.tsv"), folder, self.work, 512, 512, False)
        found.remember_first()
        os.rename(path, path + ".kept")
        write_tile(path, np.full((1, 512, 512), 7, np.uint8))
        with self.assertRaises(BadTiles) as raised:
            found.check_unchanged()
        self.assertEqual(["0"], raised.exception.numbers)

    def test_forged_directories_end_at_once_and_are_never_believed(self):
        """Each forgery of each entry; GDAL itself is not asked."""
        path = os.path.join(self.folder, "tile.tif")
        values = self.noise("int16", -5, 600, 520)
        for options in ([], ["BIGTIFF=YES"]):
            write_tile(path, values, -5, options=options)
            with open(path, "rb") as file:
                content = file.read()
            good = self.read_tiff(content)
            self.assertEqual([(600, 520), (300, 260)], [(found.width, found.height) for found in good])
            big = bool(options)
            head, length, kind, place = (8, 20, "<HHQQ", 8) if big else (2, 12, "<HHII", 4)
            first = struct.unpack_from("<Q" if big else "<I", content, place)[0]
            entries = int.from_bytes(content[first:first + head], "little")
            listed = set()
            for number in range(entries):
                at = first + head + number * length
                tag, _, count, value = struct.unpack_from(kind, content, at)
                listed.add(tag)
                for forged in ((tag, 99, count, value), (tag, 4, 1 << 30, value), (tag, 16, count, len(content) - 3),
                               (tag, 4, count, 0xFFFFFFFF), (tag, 2, 0, 0), (tag, 3, 1, 0)):
                    changed = bytearray(content)
                    struct.pack_into(kind, changed, at, *forged)
                    self.forged(bytes(changed), good)
            self.assertLessEqual({256, 257, 258, 259, 322, 323, 324, 325}, listed)
            following = first + head + entries * length
            for target in (first, following, 8, 1, len(content) - 1, 1 << 31):  # in a circle, and out of the file
                changed = bytearray(content)
                struct.pack_into("<Q" if big else "<I", changed, following, target)
                self.assertRaises(directories.NotCopyable, self.read_tiff, bytes(changed))
            for change in (b"", b"II*\0", content[:first + 30], b"\0" * 300, b"MM" + content[2:]):
                self.assertRaises(directories.NotCopyable, self.read_tiff, change)
        random = np.random.RandomState(9)
        for _ in range(400):
            changed = bytearray(content)
            for at in random.randint(0, 900, 4):
                changed[at] = random.randint(0, 256)
            self.forged(bytes(changed), good)

    @staticmethod
    def read_tiff(content):
        return directories.read(lambda offset, length: content[offset:offset + length], len(content), 600, 520)

    def forged(self, content, good):
        try:
            found = self.read_tiff(content)
        except directories.NotCopyable:
            return
        for level, same in zip(found, good):
            self.assertEqual((same.width, same.height, same.counts.shape), (level.width, level.height, level.counts.shape))
            self.assertTrue(((level.offsets >= 0) & (level.offsets + level.counts <= len(content))).all())
        self.assertLessEqual(sum(level.counts.sum() for level in found), len(content))
        for level in found:
            directories.metadata(level), directories.text(level, tiff.NODATA)

    def test_statistics_that_cannot_be_true_are_not_taken(self):
        good = {"count": 4, "minimum": -3, "maximum": 5, "sum": 6, "squares": 60}
        kind = np.dtype(np.int16)
        self.assertEqual([good], figures.of_tile(json.dumps([good]), kind, 1, 4))
        for change in ({"count": 5}, {"count": -1}, {"count": 4.0}, {"count": True}, {"minimum": -99999}, {"minimum": 6}, {"sum": 21},
                       {"sum": "6"}, {"squares": 8}, {"squares": 101}, {"maximum": None}):
            self.assertIsNone(figures.of_tile(json.dumps([{**good, **change}]), kind, 1, 4), change)
        for text in (None, "", "{}", "[]", "[1]", "[" * 100_000, "[" + "9" * 5000 + "]", '[{"count": NaN}]', json.dumps([good, good])):
            self.assertIsNone(figures.of_tile(text, kind, 1, 4), text and text[:20])
        floats = {"count": 2, "minimum": 1.5, "maximum": 2.5, "mean": 2.0, "m2": 0.5}
        self.assertEqual({"valid_percent": 50.0, "minimum": 1.5, "maximum": 2.5, "mean": 2.0, "stddev": 0.5}, figures.summed(
            [figures.of_tile(json.dumps([floats]), np.dtype(np.float32), 1, 4)], np.dtype(np.float32), 1, 4)[0])
        for change in ({"mean": 3}, {"m2": -1}, {"minimum": 3}, {"mean": "2"}, {"m2": None}):
            self.assertIsNone(figures.of_tile(json.dumps([{**floats, **change}]), np.dtype(np.float32), 1, 4), change)
        for text in ("1e40", "Infinity", "NaN"):  # no float32
            self.assertIsNone(figures.of_tile(json.dumps([floats]).replace("2.5", text), np.dtype(np.float32), 1, 4), text)


if __name__ == "__main__":
    unittest.main()
