#!/usr/bin/python3
"""The outlines that an assembly writes, held against the rasters themselves: random grids in many coordinate systems.

Plain unittest; needs GDAL's Python bindings, as the nodes do: /usr/bin/python3 outline_test.py
"""
import os
import sys
import unittest

import numpy as np
from osgeo import gdal, ogr, osr

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../main/resources/job"))
from outline import outline  # noqa: E402

gdal.UseExceptions()
osr.UseExceptions()
ogr.UseExceptions()
SPHERE = 6_371_000.0


def raster(system, transform, width, height):
    made = gdal.GetDriverByName("MEM").Create("", width, height, 1, gdal.GDT_Byte)
    reference = osr.SpatialReference()
    reference.SetFromUserInput(system)
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    made.SetSpatialRef(reference)
    made.SetGeoTransform(transform)
    return made


class Place:
    """From pixels to the globe and back by PROJ itself, without the code under test."""

    def __init__(self, made):
        self.transform = made.GetGeoTransform()
        self.inverse = gdal.InvGeoTransform(self.transform)
        self.size = made.RasterXSize, made.RasterYSize
        globe = osr.SpatialReference()
        globe.ImportFromEPSG(4326)
        globe.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        self.geographic = made.GetSpatialRef().IsGeographic()
        self.out = osr.CoordinateTransformation(made.GetSpatialRef(), globe)
        self.back = osr.CoordinateTransformation(globe, made.GetSpatialRef())

    def of(self, x, y):
        try:
            longitude, latitude, _ = self.out.TransformPoint(*gdal.ApplyGeoTransform(self.transform, x, y))
        except RuntimeError:
            return None
        if not np.isfinite([longitude, latitude]).all():
            return None
        return (longitude + 180) % 360 - 180, latitude

    def covers(self, longitude, latitude):
        """Whether the raster has a pixel there, a tenth of a pixel inside its edge."""
        for turn in (-720, -360, 0, 360, 720) if self.geographic else (0,):
            try:
                x, y, _ = self.back.TransformPoint(longitude + turn, latitude)
            except RuntimeError:
                continue
            if not np.isfinite([x, y]).all():
                continue
            column, row = gdal.ApplyGeoTransform(self.inverse, x, y)
            if 0.1 < column < self.size[0] - 0.1 and 0.1 < row < self.size[1] - 0.1:
                again = self.of(column, row)
                if again and abs(again[1] - latitude) < 1e-6 and abs((again[0] - longitude + 180) % 360 - 180) < 1e-5:
                    return True
        return False


def in_box(box, longitude, latitude):
    west, south, east, north = box
    across = west <= longitude <= east if west <= east else longitude >= west or longitude <= east
    return across and south <= latitude <= north


class Outlines(unittest.TestCase):
    def check(self, made, random, count=60):
        """Every point of the raster is in the geometry and the box; no point outside the box is in a pixel."""
        box, geometry = outline(made)
        place = Place(made)
        about = f"{made.GetSpatialRef().GetName()} {made.GetGeoTransform()} {place.size} {box}"
        self.assertIsNotNone(box, about)
        west, south, east, north = box
        self.assertTrue(-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90, about)
        shape = ogr.CreateGeometryFromJson(str(geometry).replace("'", '"'))
        self.assertTrue(shape.IsValid(), about)
        polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
        for outer, *inner in polygons:
            self.assertEqual(outer[0], outer[-1], about)
            turning = [sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(ring, ring[1:])) for ring in (outer, *inner)]
            self.assertGreater(turning[0], 0, "counterclockwise: " + about)
            self.assertTrue(all(area < 0 for area in turning[1:]), about)
            self.assertTrue(all(-180 <= x <= 180 and -90 <= y <= 90 for ring in (outer, *inner) for x, y in ring), about)
        for x, y in random.uniform(0, 1, (count, 2)) * place.size:
            at = place.of(x, y)
            if at:
                point = ogr.CreateGeometryFromWkt("POINT (%.15g %.15g)" % at)
                self.assertTrue(shape.Intersects(point), f"pixel {x} {y} at {at} is not in {about}")
                self.assertTrue(in_box(box, *at), f"pixel {x} {y} at {at} is not in the box of {about}")
        for longitude, latitude in random.uniform((-180, -90), (180, 90), (count, 2)):
            if not in_box(box, longitude, latitude):
                self.assertFalse(place.covers(longitude, latitude), f"{longitude} {latitude} is outside the box of {about}")
        return box, geometry, shape

    def test_a_raster_round_a_pole_has_a_ring_along_the_antimeridian_and_over_the_pole(self):
        random = np.random.RandomState(1)
        for code, sign in ((3031, -1), (3413, 1)):
            made = raster(f"EPSG:{code}", (-320000, 10000, 0, 320000, 0, -10000), 64, 64)
            box, geometry, _ = self.check(made, random)
            corner = abs(Place(made).of(0, 0)[1])  # all four corners are as far from the pole
            self.assertEqual("Polygon", geometry["type"])
            self.assertEqual((-180, 180, 90), (box[0], box[2], max(map(abs, (box[1], box[3])))))
            self.assertAlmostEqual(corner, min(map(abs, (box[1], box[3]))), 2)
            self.assertEqual(sign, np.sign(box[1]))
            for corner in ([-180, sign * 90], [180, sign * 90]):
                self.assertIn(corner, geometry["coordinates"][0])

    def test_the_whole_globe_is_one_rectangle_wherever_it_begins(self):
        for west in (-180, 0, 37, -180.5):
            made = raster("EPSG:4326", (west, 5.625, 0, 90, 0, -5.625), 64, 32)
            box, geometry, shape = self.check(made, np.random.RandomState(2))
            self.assertEqual([-180, -90, 180, 90], box)
            self.assertEqual("Polygon", geometry["type"])
            self.assertAlmostEqual(360 * 180, shape.GetArea())

    def test_grids_with_pixel_centres_on_the_poles_end_there(self):
        box, _, _ = self.check(raster("EPSG:4326", (-180.5, 1, 0, 90.5, 0, -1), 360, 181), np.random.RandomState(3))
        self.assertEqual([-180, -90, 180, 90], box)

    def test_a_geographic_raster_that_reaches_a_pole_keeps_its_longitudes(self):
        box, geometry, shape = self.check(raster("EPSG:4326", (0, 1, 0, 90, 0, -1), 350, 40), np.random.RandomState(4))
        self.assertEqual([0, 50, -10, 90], box)
        self.assertEqual("MultiPolygon", geometry["type"])
        self.assertAlmostEqual(350 * 40, shape.GetArea())

    def test_a_raster_across_the_antimeridian_has_two_parts(self):
        box, geometry, shape = self.check(raster("EPSG:4326", (179, 0.01, 0, -10, 0, -0.01), 700, 530), np.random.RandomState(5))
        self.assertEqual([179, -15.3, -174, -10], box)
        self.assertEqual("MultiPolygon", geometry["type"])
        self.assertAlmostEqual(7 * 5.3, shape.GetArea())

    def test_corners_and_edges_on_a_pole(self):
        for transform in ((0, 5000, 0, 320000, 0, -5000), (-160000, 5000, 0, 320000, 0, -5000), (-320000, 5000, 0, 0, 0, -5000)):
            self.check(raster("EPSG:3031", transform, 64, 64), np.random.RandomState(6))

    def test_a_full_disc_has_a_box_around_the_earth_that_it_shows(self):
        made = raster("+proj=geos +h=35785831 +lon_0=0 +sweep=y +datum=WGS84", (-5568748, 87000, 0, 5568748, 0, -87000), 128, 128)
        box, _, _ = self.check(made, np.random.RandomState(7), 300)
        self.assertTrue(-100 < box[0] < -74 and 74 < box[2] < 100 and -90 <= box[1] < -76 and 76 < box[3] <= 90, box)

    def test_a_raster_without_a_coordinate_system_or_off_the_globe_has_no_outline(self):
        made = gdal.GetDriverByName("MEM").Create("", 9, 9, 1, gdal.GDT_Byte)
        self.assertEqual((None, None), outline(made))
        made.SetGeoTransform((500000, 10, 0, 5000000, 0, -10))
        self.assertEqual((None, None), outline(made))
        self.assertEqual((None, None), outline(raster("EPSG:4326", (500000, 10, 0, 5000000, 0, -10), 9, 9)))
        moon = "+proj=longlat +R=1737400 +no_defs"
        outline(raster(moon, (10, 1, 0, 10, 0, -1), 9, 9))  # no error, whatever PROJ makes of it

    def test_random_grids_in_many_coordinate_systems(self):
        random = np.random.RandomState(20261126)
        for number in range(70):
            longitude, latitude = random.uniform(-180, 180), np.degrees(np.arcsin(random.uniform(-1, 1)))
            zone = int((longitude + 180) // 6) + 1
            systems = [
                f"EPSG:{(32600 if latitude > 0 else 32700) + zone}", "EPSG:3031", "EPSG:3413", "EPSG:3857", "EPSG:4326",
                f"+proj=laea +lat_0={latitude:.3f} +lon_0={longitude:.3f} +datum=WGS84",
                f"+proj=stere +lat_0={latitude:.3f} +lon_0={longitude:.3f} +datum=WGS84",
                f"+proj=lcc +lat_1=30 +lat_2=60 +lon_0={longitude:.3f} +datum=WGS84",
                "+proj=sinu +R=6371007.181", "+proj=cea +lat_ts=30 +datum=WGS84", "EPSG:6933", "EPSG:4269", "EPSG:3995"]
            system = systems[number % len(systems)]
            reference = osr.SpatialReference()
            reference.SetFromUserInput(system)
            degrees = bool(reference.IsGeographic())
            if system == "EPSG:3031":
                latitude = -abs(latitude)
            elif system in ("EPSG:3413", "EPSG:3995") or "lcc" in system:
                latitude = abs(latitude)
            elif system == "EPSG:3857" or "utm" in system or system.startswith("EPSG:32"):
                latitude = np.clip(latitude, -80, 80)
            centre = osr.SpatialReference()
            centre.ImportFromEPSG(4326)
            for one in (reference, centre):
                one.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
            x, y, _ = osr.CoordinateTransformation(centre, reference).TransformPoint(longitude, latitude)
            side = 10 ** random.uniform(3, 5.9)  # metres of the longer side
            width, height = (int(n) for n in random.randint(1, 400, 2))
            pixel = side / max(width, height) / (111_000 if degrees else 1)
            angle = random.choice([0, random.uniform(0, 2 * np.pi)]) if not degrees else 0
            b, c = pixel * np.cos(angle), pixel * np.sin(angle)
            e, f = pixel * np.sin(angle), -pixel * np.cos(angle)
            transform = (x - b * width / 2 - c * height / 2, b, c, y - e * width / 2 - f * height / 2, e, f)
            with self.subTest(system=system, number=number):
                self.check(raster(system, transform, width, height), random)


if __name__ == "__main__":
    unittest.main()
