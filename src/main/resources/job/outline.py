"""A raster's outline on the globe, as a bounding box and a geometry of GeoJSON (RFC 7946).

Every point of the raster lies inside the geometry and the bounding box, also over a pole, across the antimeridian and
round the globe. The raster's edges are halved until a straight line in longitude and latitude is within CLOSE pixels of
them, and moved out by as much where they are curved. The ring is unwrapped, so that no step jumps by 360 degrees. A ring
that goes round a pole is closed over it. Then it is cut at the antimeridian.

The result is tested with points of the raster. Where it fails, or where a part of the raster has no place on the globe
(the corners of a full disc, for example), the outline is a box around all points that have one.
"""
import json
from contextlib import contextmanager

import numpy as np
from osgeo import gdal, ogr

CLOSE = 0.01  # pixels
STEPS = 8  # parts of a side before it is halved
DEEPEST = 9  # halvings
WIDEST = 20.0  # degrees of longitude between two points of the ring
DIGITS = 9  # a tenth of a millimetre: pixels of drones have a centimetre
AT_POLE = 90 - 1e-9
SAMPLES = 24  # tested points in each direction
BOX_SAMPLES = 257


class Ground:
    """Where pixels lie: longitude and latitude in WGS 84."""

    def __init__(self, dataset):
        """Raises a RuntimeError when the dataset has no georeference."""
        self.transformer = gdal.Transformer(dataset, None, ["DST_SRS=EPSG:4326", "INSERT_CENTER_LONG=NO"])
        self.width, self.height = dataset.RasterXSize, dataset.RasterYSize
        reference = dataset.GetSpatialRef()
        self.geographic = bool(reference and reference.IsGeographic())

    def transform(self, back, points):
        """The points and whether each was transformed. GDAL raises an error for all when one of them fails."""
        try:
            return self.transformer.TransformPoints(back, points)
        except RuntimeError:
            if len(points) == 1:
                return [(np.nan, np.nan)], [0]
        results = [self.transform(back, [point]) for point in points]
        return [result[0][0] for result in results], [result[1][0] for result in results]

    def of(self, pixels):
        """An array of (longitude, latitude) for (column, row); NaN for pixels without a place."""
        points, done = self.transform(0, [tuple(map(float, pixel)) for pixel in pixels])
        places = np.array([point[:2] for point in points], np.float64).reshape(-1, 2)
        # Grids with pixel centres on the poles reach half a pixel beyond them.
        with np.errstate(invalid="ignore"):
            placed = np.array(done, bool) & np.isfinite(places).all(1)
            placed &= (np.abs(places[:, 1]) <= 93) & (np.abs(places[:, 0]) <= 1080)
        places[~placed] = np.nan
        places[:, 1] = np.clip(places[:, 1], -90, 90)
        return places

    def holds_pole(self, latitude):
        (x, y, *_), = self.transform(1, [(0.0, latitude)])[0]
        if not (np.isfinite([x, y]).all() and 0 <= x <= self.width and 0 <= y <= self.height):
            return False
        return abs(self.of([(x, y)])[0, 1] - latitude) < 1e-6

    def grid(self, count):
        """Points of the raster with their edges, as (rows, columns, 2)."""
        columns = np.linspace(0, self.width, count)
        rows = np.linspace(0, self.height, count)
        return self.of([(x, y) for y in rows for x in columns]).reshape(count, count, 2)

    def inner(self, count):
        """Centres of pixels all over the raster."""
        columns = np.unique(np.floor((np.arange(count) + 0.5) / count * self.width)) + 0.5
        rows = np.unique(np.floor((np.arange(count) + 0.5) / count * self.height)) + 0.5
        return self.of([(x, y) for y in rows for x in columns])

    def edge(self, positions, margin):
        """Pixels on the raster's edge, moved out by `margin` pixels; a position of 1.5 is the middle of the second side."""
        left, top, right, bottom = -margin, -margin, self.width + margin, self.height + margin
        corners = np.array([(left, top), (left, bottom), (right, bottom), (right, top), (left, top)])
        side = np.minimum(np.floor(positions).astype(int), 3)
        part = (positions - side)[:, None]
        return corners[side] * (1 - part) + corners[side + 1] * part


def wrapped(degrees):
    """A difference of longitudes, from -180 to 180."""
    return (degrees + 180) % 360 - 180


def ring(ground):
    """Points of the raster's edge in order; None if one has no place."""
    positions = np.arange(4 * STEPS + 1) / STEPS
    places = ground.of(ground.edge(positions, 0))
    active, largest = np.arange(len(positions) - 1), 0.0
    for depth in range(DEEPEST + 1):
        if not np.isfinite(places).all():
            return None
        middles = (positions[active] + positions[active + 1]) / 2
        found = ground.of(ground.edge(middles, 0))
        if not np.isfinite(found).all():
            return None
        start, end = places[active], places[active + 1]
        across = wrapped(end[:, 0] - start[:, 0])
        shrink = np.cos(np.radians(found[:, 1]))
        away = np.hypot(wrapped(found[:, 0] - start[:, 0] - across / 2) * shrink, found[:, 1] - (start[:, 1] + end[:, 1]) / 2)
        sides = np.where(np.floor(middles).astype(int) % 2 == 0, ground.height, ground.width)
        pixel = np.hypot(across * shrink, end[:, 1] - start[:, 1]) / ((positions[active + 1] - positions[active]) * sides)
        polar = np.maximum(np.abs(start[:, 1]), np.abs(end[:, 1])) > AT_POLE
        split = (away > np.maximum(CLOSE * pixel, 1e-11)) | ((np.abs(across) > WIDEST) & ~polar)
        largest = max(largest, (away[~polar] / np.maximum(pixel[~polar], 1e-15)).max(initial=0.0))
        if depth == DEEPEST or not split.any():
            break
        at = active[split] + 1
        positions, places = np.insert(positions, at, middles[split]), np.insert(places, at, found[split], axis=0)
        new = active[split] + np.arange(split.sum())  # where the halves are now
        active = np.sort(np.concatenate([new, new + 1]))
    if largest > 1e-6:  # curved: straight lines could cut pixels off
        moved = ground.of(ground.edge(positions, CLOSE))
        move = np.isfinite(moved).all(1) & (np.abs(places[:, 1]) <= AT_POLE)
        places = np.where(move[:, None], moved, places)
    return places[:-1]


def unwrapped(places, turn):
    """The closed ring with steps of less than half a turn, and how often it goes round the globe.

    `turn` 0: points on a pole have their longitudes, as in a geographic grid. Else the longitude stays open there: the
    ring comes in by one meridian and leaves by another, and `turn` decides for a step of half a turn."""
    polar = (np.abs(places[:, 1]) > AT_POLE) & (turn != 0)
    if polar.all():
        return None, None
    places = np.roll(places, -int(np.argmin(polar)), axis=0)  # begins at a point with a longitude
    points = [tuple(places[0])]
    for longitude, latitude in [*map(tuple, places[1:]), tuple(places[0])]:
        last, before = points[-1]
        if turn and abs(latitude) > AT_POLE:
            points.append((last, latitude))
            continue
        step = wrapped(longitude - last)
        if turn and abs(before) > AT_POLE:
            if abs(abs(step) - 180) < 1e-3:
                step = abs(step) * turn
            points.append((last + step, before))
        points.append((last + step, latitude))
    turns = round((points[-1][0] - points[0][0]) / 360)
    return points, turns


@contextmanager
def quiet():
    """GEOS prints why a ring is not valid."""
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        yield
    finally:
        gdal.PopErrorHandler()


def polygon(points):
    line = ogr.Geometry(ogr.wkbLinearRing)
    for x, y in points:
        line.AddPoint_2D(float(x), float(y))
    line.CloseRings()
    area = ogr.Geometry(ogr.wkbPolygon)
    area.AddGeometry(line)
    return area


def box(west, south, east, north):
    return polygon([(west, south), (east, south), (east, north), (west, north)])


def areas(geometry):
    if geometry is None:
        return []
    if ogr.GT_Flatten(geometry.GetGeometryType()) == ogr.wkbPolygon:
        return [geometry]
    parts = [geometry.GetGeometryRef(number) for number in range(geometry.GetGeometryCount())]
    return [area.Clone() for part in parts for area in areas(part)]


def shifted(area, degrees):
    """The rings of a polygon with other longitudes."""
    result = ogr.Geometry(ogr.wkbPolygon)
    for number in range(area.GetGeometryCount()):
        line = ogr.Geometry(ogr.wkbLinearRing)
        for x, y, *_ in area.GetGeometryRef(number).GetPoints():
            line.AddPoint_2D(x + degrees, y)
        result.AddGeometry(line)
    return result


def cut(area):
    """The polygon in parts with longitudes from -180 to 180, joined again where they touch."""
    with quiet():
        area = area if area.IsValid() else area.MakeValid() or area
    west, east, _, _ = area.GetEnvelope()
    result = None
    for turn in range(int(np.floor((west + 180) / 360)), int(np.ceil((east + 180) / 360))):
        strip = area.Intersection(box(360 * turn - 180, -90, 360 * turn + 180, 90))
        for part in areas(strip):
            part = shifted(part, -360 * turn)
            result = part if result is None else result.Union(part)
    return result


def holds(geometry, places):
    envelope = geometry.GetEnvelope()
    for x, y in places:
        x = wrapped(x)
        if not (envelope[0] <= x <= envelope[1] and envelope[2] <= y <= envelope[3]):
            return False
        point = ogr.Geometry(ogr.wkbPoint)
        point.AddPoint_2D(float(x), float(y))
        if not geometry.Intersects(point):
            return False
    return True


def candidates(ground, places):
    """Possible outlines: (bounding box, geometry)."""
    polar = (np.abs(places[:, 1]) > AT_POLE).any()
    for turn in (0, 1, -1) if ground.geographic or not polar else (1, -1, 0):
        points, turns = unwrapped(places, turn)
        if points is None or abs(turns) > 1:
            continue
        longitudes, latitudes = zip(*points)
        south, north = min(latitudes), max(latitudes)
        if turns == 0:
            yield longitude_range(min(longitudes), max(longitudes), south, north), cut(polygon(points[:-1]))
        else:
            first, last = points[0][0], points[-1][0]
            for pole in sorted((90.0, -90.0), key=ground.holds_pole, reverse=True):
                bounds = (-180.0, min(south, pole), 180.0, max(north, pole))
                yield bounds, cut(polygon(points + [(last, pole), (first, pole)]))
        if not polar:
            return  # the other turns would be the same


def longitude_range(west, east, south, north):
    if east - west >= 360 - 1e-9:
        return -180.0, south, 180.0, north
    return (west + 180) % 360 - 180, south, 180 - (180 - east) % 360, north


def box_around(ground):
    """A box around all points of the raster that have a place; (None, None) if none has."""
    grid = ground.grid(BOX_SAMPLES)
    placed = np.isfinite(grid).all(2)
    if not placed.any():
        return None, None
    poles = [pole for pole in (-90.0, 90.0) if ground.holds_pole(pole)]

    def step(axis, turn=lambda degrees: degrees):
        with np.errstate(invalid="ignore"):
            steps = np.concatenate([np.abs(turn(np.diff(grid[..., axis], axis=across))).ravel() for across in (0, 1)])
        return np.nanmax(steps, initial=0.0)

    longitudes = np.sort(wrapped(grid[..., 0][placed]))
    latitudes = grid[..., 1][placed]
    south = max(-90.0, min(latitudes.min() - step(1), *poles, 90.0))
    north = min(90.0, max(latitudes.max() + step(1), *poles, -90.0))
    gaps = np.diff(np.append(longitudes, longitudes[0] + 360))
    widest, margin = int(np.argmax(gaps)), step(0, wrapped)
    if poles or gaps[widest] <= 2 * margin:
        west, east = -180.0, 180.0
    else:
        west = longitudes[(widest + 1) % len(longitudes)] - margin
        east = west + (360 - gaps[widest]) + 2 * margin
    return longitude_range(west, east, south, north), cut(box(west, south, east, north))


def geojson(geometry):
    """The polygons, with outer rings counterclockwise and inner rings clockwise."""
    coordinates = []
    for area in areas(geometry):
        rings = []
        for number in range(area.GetGeometryCount()):
            points = [[round(x, DIGITS) + 0.0, round(y, DIGITS) + 0.0] for x, y, *_ in area.GetGeometryRef(number).GetPoints()]
            points = [point for point, before in zip(points, [None] + points) if point != before]
            turning = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(points, points[1:]))
            if (turning < 0) == (number == 0):
                points.reverse()
            rings.append(points)
        coordinates.append(rings)
    if len(coordinates) == 1:
        return {"type": "Polygon", "coordinates": coordinates[0]}
    return {"type": "MultiPolygon", "coordinates": coordinates}


def valid(rounded):
    with quiet():
        return ogr.CreateGeometryFromJson(json.dumps(rounded)).IsValid()


def rounded_out(bounds):
    scale, exact = 10.0 ** DIGITS, 1e-3
    west, south, east, north = (value * scale for value in bounds)
    return [float(np.floor(west + exact) / scale), float(np.floor(south + exact) / scale),
            float(np.ceil(east - exact) / scale), float(np.ceil(north - exact) / scale)]


def outline(dataset):
    """(bounding box, geometry) of a raster; (None, None) without a place on the globe.

    The bounding box has west above east where the raster crosses the antimeridian."""
    try:
        ground = Ground(dataset)
    except RuntimeError:
        return None, None
    places, inner = ring(ground), ground.inner(SAMPLES)
    if places is not None and np.isfinite(inner).all():
        for bounds, geometry in candidates(ground, places):
            if geometry is not None and holds(geometry, inner) and valid(rounded := geojson(geometry)):
                return rounded_out(bounds), rounded
    bounds, geometry = box_around(ground)
    return (None, None) if bounds is None else (rounded_out(bounds), geojson(geometry))
