#!/usr/bin/python3
"""What an assembly must keep: nodata, overviews, statistics, colours and numbers of any size, held against numpy.

Plain unittest; needs GDAL's Python bindings, as the nodes do: /usr/bin/python3 assembly_test.py
"""
import os
import shutil
import unittest

import numpy as np
from osgeo import gdal

from tasks import RECIPES, Tasks, grid

FLT_MAX, DBL_MAX = 3.4028234663852886e38, 1.7976931348623157e308
TYPES = {"uint8": "Byte", "uint16": "UInt16", "int16": "Int16", "uint32": "UInt32", "int32": "Int32", "float32": "Float32",
         "float64": "Float64"}


def halved(values, good, nodata):
    """The next overview by the definition: the mean of the valid pixels of each 2 x 2."""
    height, width = (n + n % 2 for n in values.shape)
    wide = np.zeros((height, width), np.longdouble)
    known = np.zeros((height, width), bool)
    wide[:values.shape[0], :values.shape[1]] = np.where(good, values, 0)
    known[:values.shape[0], :values.shape[1]] = good
    total = wide.reshape(height // 2, 2, width // 2, 2).sum((1, 3))
    count = known.reshape(height // 2, 2, width // 2, 2).sum((1, 3))
    mean = total / np.maximum(count, 1)
    mean = np.rint(mean) if values.dtype.kind in "iu" else mean
    return np.where(count > 0, mean, nodata).astype(values.dtype), count > 0


class Assembly(Tasks):
    def product(self, values, nodata, resampling="AVERAGE", size=400, palette=None, output=None, metadata=None, **kept):
        """Tiles of one band, cut from an array, through the assembly: (evidence, facts, product, batch)."""
        self.height, self.width = values.shape
        gdal.GetDriverByName("VRT").Create(self.path("scene.vrt"), self.width, self.height, 1).FlushCache()
        os.makedirs(self.path("tiles/cut"), exist_ok=True)
        tiles = list(grid(self.width, self.height, size))
        for number, (*_, x, y, w, h) in enumerate(tiles):
            made = gdal.GetDriverByName("GTiff").Create(
                self.path(f"tiles/cut/{number}.tif"), w, h, 1, gdal.GetDataTypeByName(TYPES[values.dtype.name]))
            band = made.GetRasterBand(1)
            if palette:
                table = gdal.ColorTable()
                for index, colour in palette.items():
                    table.SetColorEntry(index, colour)
                band.SetColorTable(table)
            if nodata is not None:
                band.SetNoDataValue(nodata)
            if metadata:
                made.SetMetadata(metadata(number))
            band.WriteArray(values[y:y + h, x:x + w])
            made = band = None
        evidence, facts, batch = self.assemble("cut", tiles, output, resampling=resampling, **kept)
        if evidence["outcome"] != "ok":
            return evidence, facts, None, batch
        return evidence, facts, gdal.Open(self.path("tiles/assemble/0.tif")), batch

    def noise(self, kind, low, high, nodata, width=1100, height=300, seed=3):
        random = np.random.RandomState(seed)
        values = random.uniform(low, high, (height, width)).astype(kind)
        y, x = np.mgrid[0:height, 0:width]
        hole = (x + 2 * y < 600) | (random.uniform(size=values.shape) < 0.1)
        with np.errstate(over="ignore"):
            values[hole] = nodata
        return values, ~hole

    def check_levels(self, cog, values, good, nodata, tolerance):
        band = cog.GetRasterBand(1)
        np.testing.assert_array_equal(values, band.ReadAsArray())
        self.assertEqual(2, band.GetOverviewCount())
        for number in range(band.GetOverviewCount()):
            level = band.GetOverview(number)
            values, good = halved(values, good, nodata)
            found = level.ReadAsArray()
            fill = found[~good]
            self.assertTrue((np.isnan(fill) if np.isnan(nodata) else fill == fill.dtype.type(nodata)).all(), np.unique(fill)[:9])
            np.testing.assert_allclose(found[good], values[good], rtol=tolerance, atol=1 if values.dtype.kind in "iu" else tolerance)
            values = found

    def test_nodata_is_exact_and_never_in_overviews_statistics_and_preview(self):
        for kind, low, high, nodata in (
                ("float64", 0, 1, -1e30), ("float64", 0, 1, DBL_MAX), ("float64", -5, 5, -DBL_MAX), ("float64", 0, 1, np.nan),
                ("float64", 0, 1, -np.inf), ("int32", -1000, 1000, -999999999), ("int32", 0, 9, -2147483648),
                ("uint32", 0, 4e9, 4294967295), ("float32", 0, 1, -FLT_MAX), ("float32", 0, 1, FLT_MAX),
                ("float32", 0, 1, np.nan), ("float32", 0, 1, np.inf), ("float32", 0, 1, -9999.9), ("int16", -100, 100, -32768),
                ("uint16", 0, 60000, 65535), ("uint8", 1, 200, 255)):
            with self.subTest(kind=kind, nodata=nodata):
                values, good = self.noise(kind, low, high, nodata)
                evidence, facts, cog, batch = self.product(values, nodata)
                self.assertEqual("ok", evidence["outcome"], self.log(batch))
                kept = cog.GetRasterBand(1).GetNoDataValue()
                self.assertTrue(np.isnan(kept) if np.isnan(nodata) else np.dtype(kind).type(kept) == np.dtype(kind).type(nodata), kept)
                self.check_levels(cog, values, good, nodata, 1e-5 if kind == "float32" else 1e-12)
                found, valid = facts["bands"][0]["statistics"], values[good].astype(np.float64)
                for name, value in (("minimum", valid.min()), ("maximum", valid.max()), ("mean", valid.mean()), ("stddev", valid.std())):
                    self.assertAlmostEqual(value, found[name], delta=1e-9 * abs(value), msg=name)
                self.assertAlmostEqual(100 * valid.size / values.size, found["valid_percent"], 3)
                preview = gdal.Open(os.path.join(batch, "product/preview.png"))
                self.assertEqual(1024, preview.RasterXSize)
                alpha = preview.GetRasterBand(4).ReadAsArray()
                self.assertTrue((alpha[:100, :100] == 0).all() and (alpha[-200:, -200:] == 255).mean() > 0.85)
                self.assertGreater(preview.GetRasterBand(1).ReadAsArray()[alpha == 255].std(), 9, "a stretch over valid pixels")

    def test_numbers_near_the_limits_of_float64_are_assembled(self):
        for low, high in ((-1e200, 1e200), (1e307, 1.7e308), (1e-320, 1e-300)):
            values, good = self.noise("float64", low, high, -1e30)
            evidence, facts, cog, batch = self.product(values, -1e30)
            self.assertEqual("ok", evidence["outcome"], self.log(batch))
            self.check_levels(cog, values, good, -1e30, 1e-9)
            wide, found = values[good].astype(np.longdouble), facts["bands"][0]["statistics"]
            self.assertEqual((float(wide.min()), float(wide.max())), (found["minimum"], found["maximum"]))
            self.assertAlmostEqual(1, float(wide.mean()) / found["mean"], 6)
            if high > 1:
                self.assertAlmostEqual(1, float(wide.std()) / found["stddev"], 6)
            for resampling in ("RMS", "CUBIC"):
                self.assertEqual("ok", self.product(values, -1e30, resampling)[0]["outcome"])

    def test_infinite_pixels_spoil_neither_overviews_nor_statistics(self):
        values, good = self.noise("float64", 0, 1, -1.5)
        values[200:280:2, 700:800:2], values[201:280:2, 701:800:2] = np.inf, np.nan
        good &= np.isfinite(values)
        _, facts, cog, _ = self.product(values, -1.5)
        level = cog.GetRasterBand(1).GetOverview(0).ReadAsArray()
        self.assertTrue(np.isfinite(level).all())
        self.assertLessEqual(level.max(), 1)
        self.assertEqual(values[good].max(), facts["bands"][0]["statistics"]["maximum"])

    def test_classes_with_large_numbers_keep_them_in_overviews(self):
        random = np.random.RandomState(8)
        values = random.choice(np.array([16777217, 16777219, 2000000001, -7], np.int32), (200, 1040))
        for resampling in ("MODE", "NEAREST"):
            _, _, cog, _ = self.product(values, -7, resampling)
            for number in range(cog.GetRasterBand(1).GetOverviewCount()):
                self.assertLessEqual(set(np.unique(cog.GetRasterBand(1).GetOverview(number).ReadAsArray())), set(np.unique(values)))
        _, _, cog, _ = self.product(values, -7, "MODE")
        level = cog.GetRasterBand(1).GetOverview(0).ReadAsArray()
        for y, x in random.randint(0, (100, 520), (300, 2)):
            cells = [value for value in values[2 * y:2 * y + 2, 2 * x:2 * x + 2].ravel() if value != -7]
            self.assertIn(level[y, x], [value for value in cells if cells.count(value) == max(map(cells.count, cells))] or [-7])

    def test_each_resampling_of_wide_types_keeps_a_plane_and_nodata(self):
        y, x = np.mgrid[0:600, 0:800].astype(np.float64)
        values = 1e9 + 3 * x - 2 * y
        values[:300, :400] = -1e30
        for resampling in ("AVERAGE", "BILINEAR", "CUBIC", "CUBICSPLINE", "LANCZOS", "RMS"):
            _, _, cog, _ = self.product(values, -1e30, resampling)
            level = cog.GetRasterBand(1).GetOverview(0).ReadAsArray()
            self.assertTrue((level[:150, :200] == -1e30).all(), resampling)
            expected = halved(values, values > 0, -1e30)[0]
            np.testing.assert_allclose(level[170:-19, 220:-19], expected[170:-19, 220:-19], atol=1e-3, err_msg=resampling)
            self.assertTrue((np.delete(level.ravel(), np.flatnonzero(level == -1e30)) > 9e8).all(), resampling)

    def test_tiles_with_overviews_of_their_own_do_not_bring_them_along(self):
        values, good = self.noise("int16", 1, 100, -5)
        self.product(values, -5, size=2000)
        whole = self.path("tiles/cut/0.tif")
        tile = gdal.Open(whole, gdal.GA_Update)
        tile.BuildOverviews("NEAREST", [2, 4])
        for number in (0, 1):
            tile.GetRasterBand(1).GetOverview(number).Fill(77)
        tile = None
        evidence, _, _ = self.assemble("cut", list(grid(self.width, self.height, 2000)))
        self.assertEqual("ok", evidence["outcome"])
        self.check_levels(gdal.Open(self.path("tiles/assemble/0.tif")), values, good, -5, 1)

    PALETTE = {0: (0, 0, 0, 0), 1: (10, 20, 30, 255), 2: (200, 100, 0, 255), 3: (1, 2, 3, 128)}

    def test_colour_tables_survive_in_the_product_and_colour_the_preview(self):
        values = np.random.RandomState(4).randint(0, 4, (600, 700)).astype(np.uint8)
        for kind in (np.uint8, np.uint16):
            _, _, cog, batch = self.product(values.astype(kind), None, "NEAREST", palette=self.PALETTE)
            band = cog.GetRasterBand(1)
            self.assertEqual(gdal.GCI_PaletteIndex, band.GetColorInterpretation())
            for index in (1, 2):
                self.assertEqual(self.PALETTE[index][:3], band.GetColorTable().GetColorEntry(index)[:3])
            np.testing.assert_array_equal(values, band.ReadAsArray())
            picture = gdal.Open(os.path.join(batch, "product/preview.png")).ReadAsArray()
            for index, colour in self.PALETTE.items():
                self.assertEqual(colour[:3], tuple(picture[:3, values == index][:, 0]))

    def test_a_script_may_pass_the_scenes_colours_on(self):
        path = os.path.join(self.folder, "classes.tif")
        made = gdal.GetDriverByName("GTiff").Create(path, 300, 200, 1, gdal.GDT_Byte)
        table = gdal.ColorTable()
        for index, colour in self.PALETTE.items():
            table.SetColorEntry(index, colour)
        made.GetRasterBand(1).SetColorTable(table)
        made.GetRasterBand(1).WriteArray(np.random.RandomState(4).randint(0, 4, (200, 300)).astype(np.uint8))
        made = None
        gdal.GetDriverByName("VRT").CreateCopy(self.path("scene.vrt"), gdal.Open(path)).FlushCache()
        self.width, self.height = 300, 200
        tiles = list(grid(300, 200, 128))
        self.run_all(self.batch('gdal_translate -q -srcwin $SWATH_CORE_X $SWATH_CORE_Y $SWATH_CORE_WIDTH $SWATH_CORE_HEIGHT '
                                '"$SWATH_INPUT" "$SWATH_OUTPUT"', tiles, step="cut"), tiles)
        self.assertEqual("ok", self.assemble("cut", tiles, resampling="MODE")[0]["outcome"])
        cog = gdal.Open(self.path("tiles/assemble/0.tif"))
        self.assertEqual(self.PALETTE[2], cog.GetRasterBand(1).GetColorTable().GetColorEntry(2))

    def test_a_product_of_empty_tiles_has_the_nodata_that_the_recipe_promises(self):
        self.scene(np.zeros((64, 96), np.uint16))
        tiles = list(grid(96, 64, 50))
        self.run_all(self.batch(': >"$SWATH_EMPTY"', tiles, step="cut"), tiles)
        for nodata, words in (("NaN", "nan"), ("Infinity", "inf"), ("-Infinity", "-inf"), (-FLT_MAX, -FLT_MAX)):
            evidence, facts, batch = self.assemble("cut", tiles, {"type": "Float32", "nodata": nodata, "bands": 1})
            self.assertEqual("ok", evidence["outcome"], self.log(batch))
            self.assertEqual(words, facts["bands"][0]["nodata"])
            found = gdal.Open(self.path("tiles/assemble/0.tif")).ReadAsArray()
            self.assertTrue((np.isnan(found) if words == "nan" else found == np.float32(words)).all())

    # ---- pixels outside an index's range -------------------------------------------------------------------

    def ndvi(self, red, nir, **scene):
        shutil.rmtree(self.work)
        os.makedirs(self.work)
        self.scene(red, nir, **scene)
        tiles = list(grid(self.width, self.height, 64))
        batch = self.batch(os.path.join(RECIPES, "ndvi/ndvi.py"), tiles)
        self.run_all(batch, tiles)
        return batch, self.assemble("ndvi", tiles, {"type": "Int16", "nodata": -32768, "bands": 1})

    def test_an_offset_that_is_applied_twice_fails_the_scene_with_the_reason(self):
        random = np.random.RandomState(5)
        red, nir = (random.randint(low, high, (90, 120)).astype(np.uint16) for low, high in ((200, 900), (2500, 4000)))
        batch, (evidence, _, _) = self.ndvi(red, nir, scale=0.0001, offset=-0.1)
        self.assertEqual(("exit", 1), (evidence["outcome"], evidence["exit"]))
        self.assertRegex(evidence["detail"], r"\d\d+ % of the valid pixels have left the range .* scale and offset")
        self.assertRegex(self.evidence(batch)["note"], r"^\d+\.\d % of the valid pixels are outside -1 ... 1: are scale and offset right\?$")

    def test_a_few_percent_outside_the_range_are_told_and_delivered(self):
        red, nir = np.full((100, 128), 2000, np.uint16), np.full((100, 128), 5000, np.uint16)
        red[:5] = 500  # physically below zero
        batch, (evidence, facts, _) = self.ndvi(red, nir, scale=0.0001, offset=-0.1)
        self.assertEqual({"pixels": 5 * 128, "valid": 100 * 128}, facts["outside_range"])
        self.assertEqual(("ok", "5.0 % of the valid pixels have left the range of the index"), (evidence["outcome"], evidence["note"]))
        self.assertRegex(self.evidence(batch, 0)["note"], r"^7\.8 % ")
        self.assertEqual("", self.evidence(batch, 2)["note"])
        _, (evidence, facts, _) = self.ndvi(red, nir)
        self.assertEqual(("ok", "", 0), (evidence["outcome"], evidence["note"], facts["outside_range"]["pixels"]))

    def test_a_recipe_that_counts_nothing_has_no_such_fact(self):
        self.assertIsNone(self.product(np.ones((9, 9), np.uint8), None)[1]["outside_range"])


if __name__ == "__main__":
    unittest.main()
