#!/usr/bin/python3
"""Makes scenes for the end-to-end tests, and checks products against the whole scene computed at once.

  scene.py make OUT.tif WIDTH HEIGHT [SEED]            four bands of noise with a slanted edge, specks and equal bands
  scene.py ground OUT.tif WIDTH HEIGHT [SEED]          four bands of patches of six kinds of ground with noise
  scene.py blank OUT.tif WIDTH HEIGHT [BLOCK [SEED]]   one band, sparse: no pixels are stored
  scene.py many FOLDER WIDTH HEIGHT COUNT              as make, COUNT of them: 1.tif, 2.tif ...
  scene.py split SCENE.tif FOLDER                      the same with a file per band, and an item.json that names them
  scene.py ndvi SCENE.tif PRODUCT.tif                  exit 0 when every pixel is right
  scene.py texture SCENE.tif PRODUCT.tif
  scene.py ndvi-texture SCENE.tif PRODUCT.tif
  scene.py classify SCENE.tif PRODUCT.tif              of a scene that `ground` made
  scene.py relay SCENE.tif PRODUCT.tif [SCENE.tif PRODUCT.tif ...]
  scene.py copy SCENE.tif PRODUCT.tif

It works without tiles, and shares no code with the recipes.
"""
import json
import sys
from pathlib import Path

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
BANDS = ("blue", "green", "red", "nir")
RADIUS = 7
GROUND = np.array([  # blue, green, red, nir of six kinds of ground, the least green first
    (300, 280, 250, 120), (900, 900, 1000, 700), (1500, 1700, 2100, 2300), (800, 1000, 1300, 2000),
    (500, 700, 800, 2600), (250, 450, 350, 3900)])


def new(path, width, height, bands, kind, options):
    dataset = gdal.GetDriverByName("GTiff").Create(path, width, height, bands, kind, options)
    dataset.SetGeoTransform((399960, 10, 0, 5900040, 0, -10))
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32633)
    dataset.SetSpatialRef(reference)
    return dataset


def four_bands(path, width, height):
    return new(path, width, height, 4, gdal.GDT_UInt16, ["TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256"])


def ground(path, width, height, seed=1):
    random = np.random.RandomState(seed)
    y, x = np.ogrid[0:height, 0:width]
    kind, outside = (y // 48 + 2 * (x // 48)) % len(GROUND), x + y < width // 5
    dataset = four_bands(path, width, height)
    for number, name in enumerate(BANDS, 1):
        values = (GROUND[kind, number - 1] + random.randint(-40, 41, (height, width))).astype(np.uint16)
        dataset.GetRasterBand(number).SetDescription(name)
        dataset.GetRasterBand(number).SetNoDataValue(0)
        dataset.GetRasterBand(number).WriteArray(np.where(outside, 0, values))
    dataset.FlushCache()


def make(path, width, height, seed=1):
    random = np.random.RandomState(seed)
    dataset = four_bands(path, width, height)
    y, x = np.ogrid[0:height, 0:width]
    outside = x + y // 2 < width // 5
    specks = random.randint(0, 50, (height, width)) == 0
    for number, name in enumerate(BANDS, 1):
        values = random.randint(1, 4000 + 1500 * number, (height, width)).astype(np.uint16)
        values[outside] = 0
        if name == "red":
            values[specks] = 0  # invalid in one band alone
        band = dataset.GetRasterBand(number)
        band.SetDescription(name)
        band.SetNoDataValue(0)
        band.WriteArray(values)
    dataset.FlushCache()


def blank(path, width, height, block=256, seed=1):
    options = ["TILED=YES", f"BLOCKXSIZE={block}", f"BLOCKYSIZE={block}", "SPARSE_OK=TRUE", "BIGTIFF=IF_SAFER"]
    dataset = new(path, width, height, 1, gdal.GDT_Byte, options)
    dataset.SetMetadataItem("SEED", str(seed))
    dataset.FlushCache()


def many(folder, width, height, count):
    for seed in range(1, count + 1):
        make(f"{folder}/{seed}.tif", width, height, seed)


def split(path, folder):
    """The bands' files say neither what they are nor what nodata is: the Item does."""
    scene, bands = read(path)
    assets = {}
    for number, (name, values) in enumerate(bands.items(), 1):
        dataset = new(f"{folder}/B{number}.tif", scene.RasterXSize, scene.RasterYSize, 1, gdal.GDT_UInt16, ["TILED=YES"])
        dataset.GetRasterBand(1).WriteArray(values)
        dataset.FlushCache()
        assets[f"B{number}"] = {
            "href": f"./B{number}.tif", "type": "image/tiff; application=geotiff", "roles": ["data"],
            "bands": [{"name": f"B{number}", "eo:common_name": name, "nodata": 0}]}
    assets["thumbnail"] = {"href": "https://example.org/thumbnail.png", "type": "image/png", "roles": ["thumbnail"]}
    item = {"type": "Feature", "stac_version": "1.1.0", "id": Path(path).stem, "geometry": None, "links": [],
            "properties": {"datetime": "2022-10-05T11:54:11Z"}, "assets": assets}
    Path(folder, "item.json").write_text(json.dumps(item))


def read(path):
    dataset = gdal.Open(path)
    names = [dataset.GetRasterBand(n).GetDescription() for n in range(1, dataset.RasterCount + 1)]
    return dataset, {name: dataset.GetRasterBand(n).ReadAsArray() for n, name in enumerate(names, 1)}


def ndvi(bands):
    red, nir = bands["red"].astype(np.int64), bands["nir"].astype(np.int64)
    valid = (bands["red"] != 0) & (bands["nir"] != 0)
    total = np.where(valid, nir + red, 1)
    return [np.where(valid, np.rint((nir - red) / total * 10000), -32768).astype(np.int16)], -32768


def copy(bands):
    return [bands["blue"]], 0


def relay(bands):
    return [bands["red"], bands["nir"]], 0


def classify(bands):
    """The kind of ground that is nearest. The kinds are so far apart that noise changes none."""
    values = np.stack([bands[name] for name in BANDS]).astype(np.int64)
    distances = np.stack([((values - kind[:, None, None]) ** 2).sum(axis=0) for kind in GROUND])
    return [np.where(bands["red"] != 0, distances.argmin(axis=0), 255).astype(np.uint8)], 255


def windows(array):
    """Exact sums over the window around each pixel, cut off at the scene's edge."""
    height, width = array.shape
    table = np.zeros((height + 1, width + 1), np.int64)
    table[1:, 1:] = array.astype(np.int64).cumsum(0).cumsum(1)
    top, bottom = np.arange(height) - RADIUS, np.arange(height) + RADIUS + 1
    left, right = np.arange(width) - RADIUS, np.arange(width) + RADIUS + 1
    top, bottom = top.clip(0)[:, None], bottom.clip(None, height)[:, None]
    left, right = left.clip(0)[None, :], right.clip(None, width)[None, :]
    return table[bottom, right] - table[top, right] - table[bottom, left] + table[top, left]


def mean_and_deviation(values, valid, scale=1.0):
    values = np.where(valid, values, 0).astype(np.int64)
    count, total, squares = windows(valid), windows(values), windows(values * values)
    n = np.maximum(count, 1).astype(np.float64)
    deviation = np.sqrt((count * squares - total * total).astype(np.float64)) / n
    return [np.where(valid, what * scale, -9999).astype(np.float32) for what in (total / n, deviation)], -9999


def texture(bands):
    return mean_and_deviation(bands["nir"], bands["nir"] != 0)


def ndvi_texture(bands):
    (index,), nodata = ndvi(bands)
    return mean_and_deviation(index, index != nodata, 0.0001)


def check(formula, scene_path, product_path):
    scene, bands = read(scene_path)
    expected, nodata = formula(bands)
    product = gdal.Open(product_path)
    faults = []
    if product.GetGeoTransform() != scene.GetGeoTransform():
        faults.append(f"its geotransform is {product.GetGeoTransform()}, the scene's is {scene.GetGeoTransform()}")
    if not product.GetSpatialRef().IsSame(scene.GetSpatialRef()):
        faults.append("its coordinate reference system is not the scene's")
    if product.GetMetadataItem("LAYOUT", "IMAGE_STRUCTURE") != "COG":
        faults.append("it is not a COG")
    if product.RasterCount != len(expected):
        faults.append(f"it has {product.RasterCount} bands, not {len(expected)}")
    for number, values in enumerate(expected, 1):
        band = product.GetRasterBand(number)
        made = band.ReadAsArray()
        if made.shape != values.shape or made.dtype != values.dtype or band.GetNoDataValue() != nodata:
            faults.append(f"band {number} is {made.dtype} {made.shape}, nodata {band.GetNoDataValue()}")
            continue
        differing = np.argwhere(made != values)
        if len(differing):
            row, column = differing[0]
            faults.append(f"band {number}: {len(differing)} pixels differ, the first at {column}, {row}: "
                          f"{made[row, column]}, not {values[row, column]}")
        print(f"band {number}: {values.size} pixels, {int((values != nodata).sum())} valid")
    if faults:
        sys.exit(f"{product_path}: " + "; ".join(faults))


def main(what, *arguments):
    if what in ("make", "many", "blank", "ground"):
        path, *numbers = arguments
        {"make": make, "many": many, "blank": blank, "ground": ground}[what](path, *map(int, numbers))
    elif what == "split":
        split(*arguments)
    else:
        formula = {"ndvi": ndvi, "texture": texture, "relay": relay, "copy": copy, "classify": classify,
                   "ndvi-texture": ndvi_texture}[what]
        for scene, product in zip(arguments[::2], arguments[1::2]):
            check(formula, scene, product)


if __name__ == "__main__":
    main(*sys.argv[1:])
