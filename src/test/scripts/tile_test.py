#!/usr/bin/python3
"""swath_tile.py and check_output.py: what tiles are made of, and what the checker makes of other outputs.

Plain unittest; needs GDAL's Python bindings: /usr/bin/python3 tile_test.py
"""
import contextlib
import fractions
import hashlib
import io
import json
import os
import shutil
import struct
import tempfile
import unittest
from unittest import mock

import numpy as np
from osgeo import gdal

from tasks import Tasks, checker_scene, grid

import check_output
import swath_overviews as overviews
import swath_tile
import swath_plain_tiff as plain_tiff
import swath_tiff as tiff
import upper_levels

X, Y = 2048, 4096  # of the core: both allow two overviews
KINDS = {"Byte": np.uint8, "UInt16": np.uint16, "Int16": np.int16, "UInt32": np.uint32, "Int32": np.int32, "Float32": np.float32,
         "Float64": np.float64, "Int64": np.int64, "UInt64": np.uint64}


def picture(kind, height, width, nodata, seed=3):
    """Numbers of the whole range of a type, with holes; a corner of whole blocks has nothing."""
    random = np.random.RandomState(seed)
    kind = np.dtype(kind)
    if kind.kind == "f":
        values = (random.normal(0, 1, (height, width)) * 10.0 ** random.randint(-3, 4, (height, width))).astype(kind)
    else:
        values = random.randint(0, 256, (height, width, kind.itemsize)).astype(np.uint8).view(kind)[:, :, 0]
    holes = random.uniform(size=values.shape) < 0.3
    holes[:512, :512] = True
    return np.where(holes, kind.type(nodata), values)


class TileTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="swath's tile ")
        self.addCleanup(shutil.rmtree, self.folder)
        self.scratch = tempfile.mkdtemp(prefix="swath's scratch ")
        self.addCleanup(shutil.rmtree, self.scratch)
        self.output, self.place = (os.path.join(self.folder, name) for name in (".0.tif", "0.tif"))
        self.scene = gdal.GetDriverByName("MEM").Create("", 9000, 9000, 1)
        self.scene.SetGeoTransform((500000.0, 10.0, 0.0, 5000000.0, 0.0, -10.0))
        self.environment(1100, 700, "DEFLATE AVERAGE 2")

    def environment(self, width, height, profile, x=X, y=Y):
        self.width, self.height = width, height
        values = dict(X=x, Y=y, WIDTH=width, HEIGHT=height, CORE_X=x, CORE_Y=y, CORE_WIDTH=width, CORE_HEIGHT=height,
                      PROFILE=profile, OUTPUT=self.output, EMPTY=os.path.join(self.folder, ".empty"), SCRATCH=self.scratch)
        patch = mock.patch.dict(os.environ, {"SWATH_" + name: str(value) for name, value in values.items()})
        patch.start()
        self.addCleanup(patch.stop)

    def write(self, values, nodata, **more):
        bands = values.shape[0] if values.ndim == 3 else 1
        with swath_tile.Tile(self.scene, values.dtype, nodata, bands=bands, **more) as tile:
            for _, y, _, rows in tile.strips():
                tile.write(values[..., y - Y:y - Y + rows, :], y)

    def check(self, window="core"):
        """The checker's exit code and what it says."""
        said, log = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(log):
            try:
                check_output.main(self.output, self.place, window, self.width, self.height)
                code = 0
            except check_output.Bad as error:
                code, said = 1, io.StringIO(str(error))
        self.log = log.getvalue()
        return code, said.getvalue()

    def made(self):
        self.opened = dataset = gdal.Open(self.place)
        return dataset, json.loads(dataset.GetMetadataItem("SWATH_STATISTICS"), parse_float=np.longdouble)

    def assert_plain(self, profile):
        content = plain_tiff.PlainTiff(check_output.Content(self.place))
        content.require_layout(profile.split(" "), X, Y)

    # ---- what the helper writes ----------------------------------------------------------------------------------

    def test_overviews_are_those_of_gdal_made_from_level_to_level(self):
        for name, resampling in (("Byte", "AVERAGE"), ("UInt16", "RMS"), ("Int16", "AVERAGE"), ("Int16", "MODE"), ("Float32", "AVERAGE"),
                                 ("Float32", "NEAREST"), ("UInt16", "NEAREST")):
            with self.subTest(name, resampling=resampling):
                nodata = -9999.0 if name.startswith(("I", "F")) else 7
                values = picture(KINDS[name], 1024, 1536, nodata)
                values[600:640] = values[600, 0]
                self.environment(1536, 1024, f"DEFLATE {resampling} 2")
                self.write(values, nodata)
                before = digest(self.output)
                self.assertEqual(0, self.check()[0])
                self.assertEqual(("", before), (self.log, digest(self.place)), "nothing was converted")
                band = self.made()[0].GetRasterBand(1)
                np.testing.assert_array_equal(values, band.ReadAsArray())
                self.assertEqual(2, band.GetOverviewCount())
                whole = gdal.GetDriverByName("MEM").Create("", 1536, 1024, 1, band.DataType)
                for level in range(2):
                    whole.GetRasterBand(1).WriteArray(values)
                    whole.GetRasterBand(1).SetNoDataValue(nodata)
                    gdal.SetConfigOption("GDAL_NUM_THREADS", None)
                    whole.BuildOverviews(resampling, [2])
                    values = whole.GetRasterBand(1).GetOverview(0).ReadAsArray()
                    np.testing.assert_array_equal(values, band.GetOverview(level).ReadAsArray())
                    whole = gdal.GetDriverByName("MEM").Create("", values.shape[1], values.shape[0], 1, band.DataType)

    def test_overviews_of_other_types_are_those_of_the_assembly(self):
        for name in ("Int32", "Float64"):
            values = picture(KINDS[name], 1024, 1024, -999999999)
            self.environment(1024, 1024, "DEFLATE AVERAGE 2")
            self.write(values, -999999999)
            self.assertEqual((0, ""), (self.check()[0], self.log))
            band = self.made()[0].GetRasterBand(1)
            source = gdal.OpenEx(self.place, open_options=["OVERVIEW_LEVEL=NONE"])
            paths = upper_levels.write(
                self.folder, source, [{"type": name, "nodata": -999999999}], "AVERAGE", lambda *window: True, threads=2)
            np.testing.assert_array_equal(gdal.Open(paths[0]).ReadAsArray(), band.GetOverview(0).ReadAsArray())

    def test_a_cell_at_an_odd_edge_is_the_mean_of_the_pixels_that_it_has(self):
        values = picture(np.float32, 701, 1101, -9999)
        self.environment(1101, 701, "DEFLATE AVERAGE 2")
        self.write(values, -9999)
        self.assertEqual((0, ""), (self.check()[0], self.log))
        level = self.made()[0].GetRasterBand(1).GetOverview(0).ReadAsArray()
        self.assertEqual((351, 551), level.shape)
        wide = np.pad(np.where(values == -9999, np.nan, values).astype(np.float64), ((0, 1), (0, 1)), constant_values=np.nan)
        cells = np.stack([wide[y::2, x::2] for y in (0, 1) for x in (0, 1)])
        known = np.isfinite(cells)
        expected = np.where(known.any(0), np.where(known, cells, 0).sum(0) / np.maximum(known.sum(0), 1), -9999)
        np.testing.assert_allclose(level, expected, rtol=2e-6, atol=1e-5)

    def test_statistics_are_exact(self):
        for name, kind in KINDS.items():
            with self.subTest(name):
                nodata = 3 if name in ("Byte", "UInt16") else 5
                self.environment(530, 514, "DEFLATE AVERAGE 2")
                values = picture(kind, 514, 530, nodata)
                if values.dtype.kind == "f":
                    values[513, 100:103] = np.nan, np.inf, -np.inf
                values[513, 110:113] = (np.finfo(kind) if values.dtype.kind == "f" else np.iinfo(kind)).max // 8
                self.write(values, nodata)
                self.assertEqual((0, ""), (self.check()[0], self.log))
                (found,) = self.made()[1]
                exact = [fractions.Fraction(value) for value in values[np.isfinite(values) & (values != nodata)].ravel().tolist()]
                self.assertEqual((len(exact), min(exact), max(exact)), tuple(
                    fractions.Fraction(str(found[key])) if key == "count" else fractions.Fraction(type(kind(0).item())(found[key]))
                    for key in ("count", "minimum", "maximum")))
                total = sum(exact)
                if values.dtype.kind == "f":
                    mean = total / len(exact)
                    m2 = sum(value * value for value in exact) - total * mean
                    for value, key in ((mean, "mean"), (m2, "m2")):
                        difference = abs(fractions.Fraction(*found[key].as_integer_ratio()) - value)
                        self.assertLess(difference, abs(value) * fractions.Fraction(1, 10**9), key)
                else:
                    self.assertEqual((total, sum(value * value for value in exact)), (found["sum"], found["squares"]))

    def test_a_tile_of_several_bands_is_interleaved_by_pixel_and_has_statistics_of_each(self):
        values = np.stack([picture(np.uint16, 700, 1100, 0, seed) for seed in range(3)])
        values[1] = 0
        self.write(values, 0)
        self.assertEqual((0, ""), (self.check()[0], self.log))
        dataset, found = self.made()
        np.testing.assert_array_equal(values, dataset.ReadAsArray())
        self.assertEqual("PIXEL", dataset.GetMetadataItem("INTERLEAVE", "IMAGE_STRUCTURE"))
        self.assertEqual([int((plane != 0).sum()) for plane in values], [one["count"] for one in found])
        self.assertEqual({"count": 0}, found[1])

    def test_a_tile_without_a_valid_pixel_is_empty_and_one_without_nodata_must_be_complete(self):
        self.write(np.full((700, 1100), 7, np.uint8), 7)
        self.assertTrue(os.path.exists(os.environ["SWATH_EMPTY"]))
        self.assertFalse(os.path.exists(self.output))
        with self.assertRaisesRegex(ValueError, "all strips must be written"):
            with swath_tile.Tile(self.scene, np.uint8, None) as tile:
                tile.write(np.zeros((512, 1100)), Y)
        with self.assertRaisesRegex(ValueError, "strips of 512 rows"):
            with swath_tile.Tile(self.scene, np.uint8, None) as tile:
                tile.write(np.zeros((100, 1100)), Y)

    def test_a_strip_is_written_once(self):
        for nodata in (None, 0):  # with nodata its pixels would count twice, without it another strip would be missing
            with self.assertRaisesRegex(ValueError, "from row 512 was written before"):
                with swath_tile.Tile(self.scene, np.uint8, nodata) as tile:
                    tile.write(np.full((188, 1100), 7), Y + 512)
                    tile.write(np.full((188, 1100), 9), Y + 512)

    def test_overviews_end_where_the_tiles_of_the_scene_do_not_fit_them(self):
        for x, profile, levels in ((2048, "DEFLATE AVERAGE 2", 2), (1024, "DEFLATE AVERAGE 2", 1), (512, "LZW AVERAGE 3", 0),
                                   (0, "ZSTD MODE 3", 3), (2048, "DEFLATE CUBIC 2", 0), (100, "NONE AVERAGE 2", 0)):
            self.environment(600, 530, profile, x=x)
            self.write(picture(np.int16, 530, 600, -1), -1)
            self.assertEqual((0, ""), (self.check()[0], self.log), profile)
            self.assertEqual(levels, self.made()[0].GetRasterBand(1).GetOverviewCount())

    # ---- what the checker makes of other outputs -----------------------------------------------------------------

    def other(self, values, options=(), nodata=None, describe=None):
        driver = gdal.GetDriverByName("GTiff")
        kind = swath_tile.gdal_array.NumericTypeCodeToGDALTypeCode(values.dtype)
        planes = values if values.ndim == 3 else values[None]
        made = driver.Create(self.output, planes.shape[2], planes.shape[1], len(planes), kind, list(options))
        for number, plane in enumerate(planes, 1):
            if nodata is not None:
                made.GetRasterBand(number).SetNoDataValue(nodata)
            made.GetRasterBand(number).WriteArray(plane)
        if describe:
            describe(made)
        made.FlushCache()

    def test_any_other_geotiff_of_the_last_step_is_converted_with_all_that_it_says(self):
        def describe(output):
            table = gdal.ColorTable()
            table.SetColorEntry(3, (1, 2, 3, 255))
            output.GetRasterBand(1).SetColorTable(table)
            output.GetRasterBand(1).SetDescription("classes")
            output.SetMetadataItem("SWATH_SOFTWARE", "model 7")
            output.SetGeoTransform((5.0, 1.0, 0.0, 6.0, 0.0, -1.0))

        def scaled(output):
            output.GetRasterBand(2).SetScale(0.5)
            output.GetRasterBand(2).SetOffset(-3.0)

        big = ["ENDIANNESS=BIG", "TILED=YES"]
        for profile, kind, options, more in (
                ("DEFLATE MODE 2 9", np.uint8, ["COMPRESS=LZW"], describe), ("ZSTD AVERAGE 2 -1", np.int16, big, None),
                ("LZW RMS 1", np.float32, ["BIGTIFF=YES"], scaled), ("NONE CUBIC 2 nan", np.float64, ["COMPRESS=DEFLATE"], None)):
            with self.subTest(profile):
                self.environment(1100, 700, profile)
                values = picture(kind, 700, 1100, 9)
                values = np.stack([values, values[::-1]]) if more is scaled else values
                self.other(values, options, describe=more)
                self.assertEqual(0, self.check()[0])
                self.assertIn("converted for the assembly, because", self.log)
                self.assert_plain(profile)
                dataset, (found, *_) = self.made()
                np.testing.assert_array_equal(values, dataset.ReadAsArray())
                band = dataset.GetRasterBand(1)
                if more is describe:
                    self.assertEqual(((1, 2, 3, 255), "classes", "model 7", 5.0, 9, int((values != 9).sum())), (
                        band.GetColorTable().GetColorEntry(3), band.GetDescription(), dataset.GetMetadataItem("SWATH_SOFTWARE"),
                        dataset.GetGeoTransform()[0], band.GetNoDataValue(), found["count"]))
                if more is scaled:
                    self.assertEqual((0.5, -3.0), (dataset.GetRasterBand(2).GetScale(), dataset.GetRasterBand(2).GetOffset()))
                self.assertEqual({"0.tif"}, set(os.listdir(self.folder)))

    def test_a_tile_that_its_script_changes_after_it_was_finished_gets_overviews_and_statistics_of_its_pixels(self):
        def in_place():
            gdal.Open(self.output, gdal.GA_Update).WriteArray(np.full((height, 1024), 200, np.uint8))

        def copied():
            with open(self.output, "rb") as file:
                data = file.read()
            swath_tile.remember(self.output)  # of the first file; the copy is another one
            os.rename(self.output, self.output + ".first")
            with open(self.output, "wb") as file:
                file.write(data)
            in_place()
            os.remove(self.output + ".first")

        for change, height in (in_place, 1024), (copied, 1024), (in_place, 3):  # so few rows take no tick of the clock
            with self.subTest(change.__name__, height=height):
                self.environment(1024, height, "DEFLATE AVERAGE 2")
                self.write(np.full((height, 1024), 7, np.uint8), 0)
                size = os.path.getsize(self.output)
                change()
                self.assertEqual(size, os.path.getsize(self.output), "the size does not show the change")
                self.assertEqual(0, self.check()[0])
                self.assertIn("or it was changed afterwards", self.log)
                self.assert_plain("DEFLATE AVERAGE 2")
                dataset, found = self.made()
                band = dataset.GetRasterBand(1)
                levels = [band] + [band.GetOverview(number) for number in range(2)]
                self.assertEqual([{200}] * 3, [set(level.ReadAsArray().ravel().tolist()) for level in levels])
                self.assertEqual([dict(count=height * 1024, minimum=200, maximum=200, sum=height * 1024 * 200, squares=height * 1024 * 40000)], found)

    def test_statistics_of_a_tile_that_is_not_converted_are_dropped(self):
        def with_alpha(output):
            output.GetRasterBand(2).SetColorInterpretation(gdal.GCI_AlphaBand)

        self.environment(1024, 600, "DEFLATE AVERAGE 2")
        self.write(np.full((2, 600, 1024), 7, np.uint8), None, describe=with_alpha)
        before = digest(self.output)
        self.assertEqual((0, ""), (self.check()[0], self.log))
        self.assertEqual(before, digest(self.place))
        self.write(np.full((2, 600, 1024), 7, np.uint8), None, describe=with_alpha)
        gdal.Open(self.output, gdal.GA_Update).WriteArray(np.stack([np.full((600, 1024), value, np.uint8) for value in (200, 7)]))
        code, said = self.check()
        self.assertEqual([0, digest(self.place)], [code, said.split()[0]])
        made = gdal.Open(self.place)
        self.assertIsNone(made.GetMetadataItem("SWATH_STATISTICS"), "the assembly decodes it")
        np.testing.assert_array_equal(np.full((600, 1024), 200), made.GetRasterBand(1).ReadAsArray())

    def test_a_tile_that_no_writer_can_make_copyable_stays_as_it_is(self):
        def masked(output):
            gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
            output.CreateMaskBand(gdal.GMF_PER_DATASET)
            output.GetRasterBand(1).GetMaskBand().WriteArray(np.full((700, 1100), 255, np.uint8))

        def alpha(output):
            output.GetRasterBand(2).SetColorInterpretation(gdal.GCI_AlphaBand)

        values = picture(np.uint8, 700, 1100, 0)
        for planes, describe in ((values, masked), (np.stack([values, values]), alpha), (values.astype(np.complex64), None)):
            self.other(planes, ["COMPRESS=DEFLATE"], describe=describe)
            before = digest(self.output)
            self.assertEqual(0, self.check()[0])
            self.assertEqual(before, digest(self.place))

    def test_the_checker_says_the_checksum_and_the_size_of_what_it_put_in_place(self):
        self.write(picture(np.int16, 700, 1100, -1), -1)
        code, said = self.check()
        self.assertEqual([digest(self.place), str(os.path.getsize(self.place))], said.split()[:2])
        self.assertFalse(os.path.exists(self.output))

    def test_an_earlier_step_and_a_large_file_are_put_in_place_as_they_are(self):
        self.environment(1100, 700, "")
        with mock.patch.object(check_output, "IN_MEMORY", 1000):
            for options in ([], ["COMPRESS=LZW", "TILED=YES"], ["ENDIANNESS=BIG"], ["COMPRESS=JPEG"]):
                self.other(picture(np.uint8, 700, 1100, 0), options)
                before = digest(self.output)
                self.assertEqual(0, self.check("read")[0])
                self.assertEqual(before, digest(self.place))

    def test_an_output_of_an_earlier_step_that_was_cut_off_is_read_by_gdal_first(self):
        self.environment(1100, 700, "")
        self.other(picture(np.uint8, 700, 1100, 0), ["TILED=YES"])
        os.truncate(self.output, os.path.getsize(self.output) - 1000)
        with self.assertRaisesRegex(tiff.NotPlain, "outside the file"):
            check_output.require_plain(check_output.Content(self.output), "", "read", (1100, 700))
        self.assertEqual(0, self.check("read")[0], "GDAL opens it: the next step says what it lacks")
        self.other(picture(np.uint8, 700, 1100, 0), ["TILED=YES"])
        os.truncate(self.output, 100)
        code, said = self.check("read")
        self.assertEqual((1, "GDAL cannot open the output"), (code, said[:27]))

    def spoiled(self, spoil):
        """A good tile with some bytes changed; what the checker says."""
        if os.path.exists(self.output):
            os.remove(self.output)
        self.write(picture(np.int16, 700, 1100, -1), -1)
        with open(self.output, "rb") as file:
            data = bytearray(file.read())
        spoil(data)
        with open(self.output, "wb") as file:
            file.write(data)
        swath_tile.remember(self.output)  # as a hostile script can do it, too
        return self.check()

    @staticmethod
    def entry(data, tag, level=0):
        at = struct.unpack_from("<I", data, 4)[0]
        for _ in range(level):
            at = struct.unpack_from("<I", data, at + 2 + 12 * struct.unpack_from("<H", data, at)[0])[0]
        for place in range(at + 2, at + 2 + 12 * struct.unpack_from("<H", data, at)[0], 12):
            if struct.unpack_from("<H", data, place)[0] == tag:
                return place
        raise AssertionError(tag)

    def test_a_damaged_block_of_any_level_is_a_bad_output(self):
        for level in range(3):
            def spoil(data, level=level):
                entry = self.entry(data, tiff.OFFSETS, level)
                number, where = struct.unpack_from("<II", data, entry + 4)
                at = max(struct.unpack_from(f"<{number}I", data, where)) if number > 1 else where
                data[at + 40:at + 60] = b"x" * 20
            code, said = self.spoiled(spoil)
            if level == 0:
                self.assertEqual((1, "GDAL cannot read the output"), (code, said[:27]))
            else:  # the pixels are there: the overviews are made again
                self.assertEqual(0, code)
                self.assertIn("a block is damaged", self.log)
                self.assert_plain("DEFLATE AVERAGE 2")

    def test_directories_in_a_circle_and_impossible_numbers_end_soon(self):
        def circle(data):
            at = struct.unpack_from("<I", data, 4)[0]
            struct.pack_into("<I", data, at + 2 + 12 * struct.unpack_from("<H", data, at)[0], at)

        def many_blocks(data):
            struct.pack_into("<I", data, self.entry(data, tiff.OFFSETS) + 4, 0xFFFFFFFF)

        def many_tags(data):
            struct.pack_into("<H", data, struct.unpack_from("<I", data, 4)[0], 0xFFFF)

        def outside(data):
            struct.pack_into("<I", data, 4, len(data) - 1)

        def short(data):
            del data[len(data) - 300:]

        for spoil in circle, many_blocks, many_tags, outside, short:
            with self.subTest(spoil.__name__):
                code, said = self.spoiled(spoil)
                if code == 0:  # GDAL has read all pixels
                    self.assert_plain("DEFLATE AVERAGE 2")
                else:
                    self.assertRegex(said, "^(GDAL cannot (open|read) the output|the output's size is)")

    def test_what_is_no_file_is_never_opened(self):
        for make in os.mkfifo, os.mkdir, lambda path: os.symlink("/etc/hostname", path):
            make(self.output)
            self.assertEqual((1, "the output is not a file"), self.check())
            (os.rmdir if os.path.isdir(self.output) else os.remove)(self.output)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class ConvertedTest(Tasks):
    def test_a_script_that_knows_nothing_of_swath_gets_tiles_that_equal_its_pixels(self):
        red, nir = checker_scene(700, 530)
        self.scene(red, nir)
        tiles = list(grid(700, 530, 512))
        batch = self.batch('gdal_translate -q -b 2 -co COMPRESS=LZW -srcwin $SWATH_CORE_X $SWATH_CORE_Y $SWATH_CORE_WIDTH '
                           '$SWATH_CORE_HEIGHT "$SWATH_INPUT" "$SWATH_OUTPUT"', tiles, step="cut")
        self.run_all(batch, tiles)
        np.testing.assert_array_equal(nir, self.stitch(tiles, 1, "cut", 0)[0])
        self.assertIn("the tile was converted for the assembly, because its blocks are not 512 x 512", self.log(batch))
        found = json.loads(gdal.Open(self.path("tiles/cut/0.tif")).GetMetadataItem("SWATH_STATISTICS"))
        self.assertEqual(int(nir[:512, :512].astype(np.int64).sum()), found[0]["sum"])
        self.assertGreater(self.evidence(batch)["peak_kib"], 60_000, "the conversion needs memory, too")


if __name__ == "__main__":
    unittest.main()
