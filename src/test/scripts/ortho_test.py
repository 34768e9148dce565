"""Tests of ortho.py: the places of pixels against numpy, tiles against the whole, terrain, nodata, control points."""
import importlib.util
import json
import os
import tempfile
import unittest
from pathlib import Path

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
SCRIPT = Path(__file__).resolve().parents[2] / "main" / "resources" / "job" / "ortho.py"
WIDTH, HEIGHT = 180, 150  # of the image
LON, LAT, SPAN = 113.6, 34.8, 0.01  # the image's centre; half its side, in degrees
METRES = 110.0
GRID = 200, 210  # of the map, in pixels of 10 m
SRS = "EPSG:32649"


def script():
    spec = importlib.util.spec_from_file_location("ortho", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def coefficients():
    """A turned view from the side: 100 m of height move a pixel by 4 columns and 1 row."""
    def series(constant, lon, lat, height):
        return " ".join(map(str, [constant, lon, lat, height] + [0] * 16))
    return {"LINE_OFF": HEIGHT / 2 - 0.5, "SAMP_OFF": WIDTH / 2 - 0.5, "LAT_OFF": LAT, "LONG_OFF": LON, "HEIGHT_OFF": METRES,
            "LINE_SCALE": HEIGHT / 2, "SAMP_SCALE": WIDTH / 2, "LAT_SCALE": SPAN, "LONG_SCALE": SPAN, "HEIGHT_SCALE": 500,
            "SAMP_NUM_COEFF": series(0, 1.0, -0.2, 0.2), "SAMP_DEN_COEFF": series(1, 0.01, 0, 0),
            "LINE_NUM_COEFF": series(0, -0.2, -1.0, 0.06), "LINE_DEN_COEFF": series(1, 0, 0.02, 0)}


def image_position(lon, lat, height):
    """Column and row of the pixel's centre, computed here from the coefficients."""
    rpc = coefficients()
    p, l, h = (lat - LAT) / SPAN, (lon - LON) / SPAN, (height - METRES) / 500
    value = {name: sum(float(c) * term for c, term in zip(rpc[name].split()[:4], (1, l, p, h)))
             for name in rpc if name.endswith("COEFF")}
    return (value["SAMP_NUM_COEFF"] / value["SAMP_DEN_COEFF"] * rpc["SAMP_SCALE"] + rpc["SAMP_OFF"],
            value["LINE_NUM_COEFF"] / value["LINE_DEN_COEFF"] * rpc["LINE_SCALE"] + rpc["LINE_OFF"])


def ramp(column, row):
    return 1000 + 7 * column + 3 * row  # a resampling of any kind gives such a plane back exactly


class OrthoTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        to_map = osr.CoordinateTransformation(self.system("OGC:CRS84"), self.system(SRS))
        x, y, _ = to_map.TransformPoint(LON, LAT)
        self.left, self.top = round(x, -1) - 5 * GRID[0], round(y, -1) + 5 * GRID[1]

    @staticmethod
    def system(text):
        srs = osr.SpatialReference()
        srs.SetFromUserInput(text)
        srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        return srs

    def image(self, *bands, nodata=None, mask=None):
        """bands: arrays of one type."""
        path = str(self.folder / "image.tif")
        kind = {"float32": gdal.GDT_Float32, "uint8": gdal.GDT_Byte, "uint16": gdal.GDT_UInt16}[str(bands[0].dtype)]
        image = gdal.GetDriverByName("GTiff").Create(path, WIDTH, HEIGHT, len(bands), kind)
        for number, band in enumerate(bands, 1):
            image.GetRasterBand(number).WriteArray(band)
            if nodata is not None:
                image.GetRasterBand(number).SetNoDataValue(nodata)
        if mask is not None:
            image.CreateMaskBand(gdal.GMF_PER_DATASET)
            image.GetRasterBand(1).GetMaskBand().WriteArray(mask)
        return image

    def planned(self, image, bands, rpc=True, dem="", geoid=""):
        """Writes scene.vrt and ortho.json. bands: (type, nodata, sourceType, sourceNodata, resampling)"""
        if rpc:
            image.SetMetadata({name: str(value) for name, value in coefficients().items()}, "RPC")
        image.FlushCache()
        vrt = self.folder / "scene.vrt"
        gdal.Translate(str(vrt), image, format="VRT").FlushCache()
        vrt.write_text(vrt.read_text().replace('relativeToVRT="1">', f'relativeToVRT="0">{self.folder}/'))  # as Swath writes it
        names = "type", "nodata", "sourceType", "sourceNodata", "resampling"
        common = "Float32" if any(band[0] == "Float32" for band in bands) else bands[0][0]
        (self.folder / "ortho.json").write_text(json.dumps({
            "method": "RPC" if rpc else "GCP_TPS", "heightMetres": METRES, "dem": dem, "geoid": geoid, "srs": SRS,
            "transform": [self.left, 10, 0, self.top, 0, -10], "width": GRID[0], "height": GRID[1],
            "tolerance": 0 if rpc else 0.01, "type": common, "bands": [dict(zip(names, band)) for band in bands]}))

    def run_tile(self, x=0, y=0, width=GRID[0], height=GRID[1]):
        """The bands of the tile; None if it is empty."""
        output, empty = self.folder / "tile.tif", self.folder / "empty"
        for path in output, empty:
            path.unlink(missing_ok=True)
        os.environ.update({"SWATH_WORK": str(self.folder), "SWATH_SCRATCH": str(self.folder), "SWATH_OUTPUT": str(output),
                           "SWATH_INPUT": str(self.folder / "scene.vrt"), "SWATH_EMPTY": str(empty), "SWATH_X": str(x),
                           "SWATH_Y": str(y), "SWATH_WIDTH": str(width), "SWATH_HEIGHT": str(height)})
        script().main()
        if empty.exists():
            return None
        return gdal.Open(str(output)).ReadAsArray().reshape(-1, height, width)

    def lon_lat(self):
        columns, rows = np.meshgrid(np.arange(GRID[0]) + 0.5, np.arange(GRID[1]) + 0.5)
        points = np.column_stack([self.left + 10 * columns.ravel(), self.top - 10 * rows.ravel()])
        back = osr.CoordinateTransformation(self.system(SRS), self.system("OGC:CRS84"))
        found = np.array(back.TransformPoints(points))
        return found[:, 0].reshape(columns.shape), found[:, 1].reshape(columns.shape)

    def expect_places(self, found, heights):
        """Every valid pixel shows the image's plane at the place that numpy computes, to a hundredth of a pixel."""
        lon, lat = self.lon_lat()
        column, row = image_position(lon, lat, heights)
        inside = (column > 1) & (column < WIDTH - 2) & (row > 1) & (row < HEIGHT - 2)
        outside = (column < -1) | (column > WIDTH) | (row < -1) | (row > HEIGHT)
        self.assertGreater(inside.sum(), 10_000)
        self.assertGreater(outside.sum(), 1_000)
        self.assertTrue(np.isfinite(found[inside]).all())
        self.assertTrue(np.isnan(found[outside]).all())
        self.assertLess(np.abs(found[inside] - ramp(column, row)[inside]).max(), 0.03)

    def terrain(self, hole=None):
        """A slope with hills from 60 to 400 m, in degrees; returns the file and its heights at the map's pixels."""
        size, left, top, step = 300, LON - 0.03, LAT + 0.03, 0.0002
        lon, lat = np.meshgrid(left + step * (np.arange(size) + 0.5), top - step * (np.arange(size) + 0.5))
        heights = (200 + 8000 * (lon - LON) + 60 * np.sin(lon * 2000) * np.cos(lat * 1500)).astype(np.float32)
        path = str(self.folder / "dem.tif")
        model = gdal.GetDriverByName("GTiff").Create(path, size, size, 1, gdal.GDT_Float32)
        model.SetGeoTransform((left, step, 0, top, 0, -step))
        model.SetSpatialRef(self.system("EPSG:4326"))
        band = model.GetRasterBand(1)
        band.SetNoDataValue(-9999)
        stored = heights.copy()
        if hole:
            stored[hole] = -9999
        band.WriteArray(stored)
        model.FlushCache()
        map_lon, map_lat = self.lon_lat()
        column, row = (map_lon - left) / step - 0.5, (top - map_lat) / step - 0.5
        x, y = np.floor(column).astype(int), np.floor(row).astype(int)
        u, v = column - x, row - y
        at = lambda dx, dy: heights[y + dy, x + dx].astype(np.float64)
        return path, (at(0, 0) * (1 - u) + at(1, 0) * u) * (1 - v) + (at(0, 1) * (1 - u) + at(1, 1) * u) * v

    def plane(self):
        column, row = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
        return ramp(column, row).astype(np.float32)

    FLOAT = ("Float32", "nan", "Float32", "nan", "CUBIC")

    def test_pixels_lie_where_numpy_computes_them_at_the_height_of_the_coefficients(self):
        self.planned(self.image(self.plane()), [self.FLOAT])
        self.expect_places(self.run_tile()[0], METRES)

    def test_the_terrain_moves_pixels_as_numpy_computes_it(self):
        dem, heights = self.terrain()
        self.planned(self.image(self.plane()), [self.FLOAT], dem=dem)
        self.expect_places(self.run_tile()[0], heights)

    def test_heights_above_the_geoid_are_raised_to_the_ellipsoid(self):
        dem, heights = self.terrain()
        path = str(self.folder / "geoid.tif")
        geoid = gdal.GetDriverByName("GTiff").Create(path, 20, 20, 1, gdal.GDT_Float32)
        geoid.SetGeoTransform((LON - 0.5, 0.05, 0, LAT + 0.5, 0, -0.05))
        geoid.SetSpatialRef(self.system("EPSG:4326"))
        geoid.GetRasterBand(1).WriteArray(np.full((20, 20), -45.5, np.float32))
        geoid.FlushCache()
        del geoid
        self.planned(self.image(self.plane()), [self.FLOAT], dem=dem, geoid=path)
        self.expect_places(self.run_tile()[0], heights - 45.5)

    def test_tiles_have_the_same_bits_as_the_whole(self):
        dem, _ = self.terrain()
        noise = np.random.default_rng(5).uniform(1, 60000, (HEIGHT, WIDTH)).astype(np.float32)
        self.planned(self.image(noise), [self.FLOAT], dem=dem)
        whole = self.run_tile()[0]
        for x, y, width, height in (0, 0, 101, 97), (90, 86, 110, 124), (37, 120, 64, 13):
            tile = self.run_tile(x, y, width, height)[0]
            self.assertEqual(whole[y:y + height, x:x + width].tobytes(), tile.tobytes())

    def test_a_terrain_model_without_a_height_in_the_scene_is_an_error_and_not_0_m(self):
        dem, _ = self.terrain(hole=np.s_[150:152, 150:152])
        self.planned(self.image(self.plane()), [self.FLOAT], dem=dem)
        with self.assertRaisesRegex(Exception, "has no height at longitude 113.6.*dem.path"):
            self.run_tile()

    def test_a_hole_of_the_terrain_model_beside_the_scene_changes_nothing(self):
        dem, heights = self.terrain(hole=np.s_[0:20, 0:20])
        self.planned(self.image(self.plane()), [self.FLOAT], dem=dem)
        self.expect_places(self.run_tile()[0], heights)

    def test_a_hole_that_the_image_shows_if_the_ground_is_high_there_is_an_error(self):
        lon, lat = np.meshgrid(LON - 0.03 + 0.0002 * (np.arange(300) + 0.5), LAT + 0.03 - 0.0002 * (np.arange(300) + 0.5))
        column, row = image_position(lon, lat, METRES)
        beside = (column > -12) & (column < -6) & (abs(row - HEIGHT / 2) < 10)
        self.assertTrue(beside.any())
        self.assertTrue((image_position(lon[beside], lat[beside], METRES + 400)[0] > 0).all())
        dem, _ = self.terrain(hole=tuple(np.argwhere(beside)[0]))
        self.planned(self.image(self.plane()), [self.FLOAT], dem=dem)
        with self.assertRaisesRegex(Exception, "where the scene may lie"):
            self.run_tile()

    def test_where_every_number_may_be_a_value_the_fill_is_one_of_a_larger_type(self):
        values = np.zeros((HEIGHT, WIDTH), np.uint8)
        values[:, WIDTH // 2:] = 255
        self.planned(self.image(values), [("Int16", "-32768", "Byte", "", "CUBIC")])
        found = self.run_tile()[0]
        self.assertEqual({-32768, 0, 255}, {int(found.min()), *np.unique(found[found != -32768])[[0, -1]].tolist()})

    def test_nodata_is_no_part_of_resampled_values(self):
        values = np.full((HEIGHT, WIDTH), 500, np.uint16)
        values[40:60, 40:80] = 0
        self.planned(self.image(values, nodata=0), [("UInt16", "0", "UInt16", "0", "CUBIC")])
        found = self.run_tile()[0]
        self.assertEqual([0, 500], np.unique(found).tolist())
        lon, lat = self.lon_lat()
        column, row = image_position(lon, lat, METRES)
        self.assertTrue((found[(column > 41) & (column < 78) & (row > 41) & (row < 58)] == 0).all())

    def test_a_mask_becomes_nodata(self):
        mask = np.full((HEIGHT, WIDTH), 255, np.uint8)
        mask[40:60, 40:80] = 0
        self.planned(self.image(np.full((HEIGHT, WIDTH), 9, np.uint8), mask=mask), [("Int16", "-32768", "Byte", "", "CUBIC")])
        found = self.run_tile()[0]
        lon, lat = self.lon_lat()
        column, row = image_position(lon, lat, METRES)
        self.assertTrue((found[(column > 41) & (column < 78) & (row > 41) & (row < 58)] == -32768).all())
        self.assertTrue((found[(column > 100) & (column < 178) & (row > 2) & (row < 148)] == 9).all())

    def test_a_mask_counts_beside_a_nodata(self):
        mask = np.full((HEIGHT, WIDTH), 255, np.uint8)
        mask[40:60, 40:80] = 0
        values = np.full((HEIGHT, WIDTH), 500, np.uint16)
        values[40:60, 100:140] = 0
        self.planned(self.image(values, nodata=0, mask=mask), [("UInt16", "0", "UInt16", "0", "CUBIC")])
        found = self.run_tile()[0]
        lon, lat = self.lon_lat()
        column, row = image_position(lon, lat, METRES)
        rows = (row > 41) & (row < 58)
        self.assertEqual({0}, set(found[rows & (column > 41) & (column < 78)].tolist()))
        self.assertEqual({0}, set(found[rows & (column > 101) & (column < 138)].tolist()))
        self.assertEqual({0, 500}, set(np.unique(found).tolist()))

    def test_classes_are_never_mixed_beside_measured_bands(self):
        classes = np.random.default_rng(7).choice([1, 64, 200], (HEIGHT, WIDTH)).astype(np.float32)
        self.planned(self.image(self.plane(), classes), [self.FLOAT, ("Float32", "nan", "Float32", "nan", "NEAREST")])
        found = self.run_tile()
        self.expect_places(found[0], METRES)
        self.assertEqual({1, 64, 200}, set(np.unique(found[1][np.isfinite(found[1])]).tolist()))

    def test_control_points_place_the_image_by_a_spline(self):
        lon, lat, points = LON, LAT, []
        for column in np.linspace(0, WIDTH, 6):
            for row in np.linspace(0, HEIGHT, 5):
                bow = 0.0008 * np.sin(column / WIDTH * 3)
                points.append(gdal.GCP(lon + (column / WIDTH - 0.5) * 0.018, lat - (row / HEIGHT - 0.5) * 0.016 + bow, 0, column, row))
        image = self.image(self.plane())
        image.SetGCPs(points, self.system("OGC:CRS84"))
        self.planned(image, [self.FLOAT], rpc=False)
        found = self.run_tile()[0]
        to_map = osr.CoordinateTransformation(self.system("OGC:CRS84"), self.system(SRS))
        for point in points:
            if 20 < point.GCPPixel < WIDTH - 20 and 20 < point.GCPLine < HEIGHT - 20:
                x, y, _ = to_map.TransformPoint(point.GCPX, point.GCPY)
                column, row = (x - self.left) / 10, (self.top - y) / 10
                near = found[int(row), int(column)]
                self.assertLess(abs(near - ramp(point.GCPPixel - 0.5, point.GCPLine - 0.5)), 10)  # half a map pixel of the plane

    def test_a_tile_beside_the_image_is_empty(self):
        self.planned(self.image(self.plane()), [self.FLOAT])
        self.assertIsNone(self.run_tile(0, 0, 12, 12))

    def test_the_window_of_the_image_holds_all_that_the_tile_shows(self):
        self.planned(self.image(self.plane()), [self.FLOAT])
        found = self.run_tile(80, 80, 30, 30)[0]
        x, y, width, height = map(int, (self.folder / ".window").read_text().split())
        values = self.plane()[y:y + height, x:x + width]
        self.assertTrue(values.min() <= found.min() and found.max() <= values.max())
        self.assertLess(width * height, WIDTH * HEIGHT / 2)


if __name__ == "__main__":
    unittest.main()
