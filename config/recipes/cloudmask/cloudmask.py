#!/usr/bin/env python3
"""The cloud mask of one tile, as classes in bytes:

    0 no data   1 clear   2 cloud shadow   3 haze or cirrus   4 cloud   5 snow or ice

recipe.yaml lists what the mask can be made from; SWATH_BANDS says which of it the scene has. Where the product
has a mask of its own, that is translated:

    qa_pixel  Landsat Collection 2. Bits 0 fill, 1 dilated cloud, 2 cirrus, 3 cloud, 4 shadow, 5 snow
              (USGS LSDS-1619, table 6-3). Dilated cloud counts as cloud.
    bqa       Landsat Collection 1. Bit 0 fill, 4 cloud; confidence (3 is high) in bits 7-8 shadow, 9-10 snow,
              11-12 cirrus (USGS LSDS-1873, table 6-3).
    scl       Sentinel-2 Level-2A. 0, 1 no data, 3 shadow, 8, 9 cloud, 10 cirrus, 11 snow; the rest is clear
              (Sen2Cor ATBD, scene classification).
    udm2      PlanetScope. One band for each class, 1 where it is (Planet, "UDM 2").

Else a spectral rule makes it. It finds clouds, and snow where there are swir bands, but no shadows. Both rules need the
line on which blue and red of clear ground lie, and how far a pixel lies on the blue side of it: the haze optimized
transform of Zhang, Guindon and Cihlar (2002, doi:10.1016/S0034-4257(02)00034-2). The line and its spread are those of the
whole scene, so that tiles have no seams.

    spectral  Reflectances. A potential cloud pixel of Fmask (Zhu and Woodcock 2012, doi:10.1016/j.rse.2011.10.028,
              equations 1 to 4, without the thermal band; with four bands only equations 2 and 3 and the vegetation
              index) is cloud when it lies 3 spreads from the line, or is so bright that hardly any ground is. Snow by the
              index of Hall and others (1995, doi:10.1016/0034-4257(95)00137-P).
    hot       Stored numbers without a scale, as of Gaofen and CBERS: bright pixels that lie 3 spreads from the line are
              haze, 4 spreads cloud. A scene that is covered completely has no such line, and comes out as clear.

The numbers of spreads are our own: against the BQA band of the Landsat 8 scene with 27 % cloud on which they were chosen, both
rules find 7 of 10 cloudy pixels, and 9 of 10 pixels that they call cloud or haze are cloudy.

The name of the rule is the description of the output's band.
"""
import os

import numpy as np
from osgeo import gdal

import swath_tile

NODATA, CLEAR, SHADOW, HAZE, CLOUD, SNOW = range(6)
COLOURS = {NODATA: (0, 0, 0, 0), CLEAR: (60, 130, 70, 255), SHADOW: (50, 50, 90, 255), HAZE: (190, 215, 235, 255),
           CLOUD: (255, 255, 255, 255), SNOW: (90, 200, 240, 255)}
SAMPLES, SAMPLE = 12, 64  # the scene's statistics come from 12 x 12 windows of 64 x 64 pixels
FEWEST = 1000  # valid pixels that the line needs
THIN, THICK, BRIGHT = 3, 4, 2  # spreads from the line of clear ground: of haze, of cloud; and of a cloud's brightness
BRIGHTEST = 0.3  # reflectance in blue that hardly any ground has, but snow


# ---- masks of the products ---------------------------------------------------------------------------------------


def classes(shape, fill, *found):
    """Clear, but where `fill` is; of `found`, pairs of a class and where it is, the first one counts."""
    result = np.full(shape, CLEAR, np.uint8)
    for number, where in reversed(found):
        result[where] = number
    result[fill] = NODATA
    return result


def filled(qa):
    """Where bit 0, fill, is set, or where a scene that was put onto a map has no pixel: there the map has a negative number."""
    return (qa < 0) | (qa & 1 == 1)


def of_qa_pixel(qa):
    def bit(number):
        return (qa >> number) & 1 == 1
    return classes(qa.shape, filled(qa), (CLOUD, bit(3) | bit(1)), (SHADOW, bit(4)), (HAZE, bit(2)), (SNOW, bit(5)))


def of_bqa(qa):
    def high(number):
        return (qa >> number) & 3 == 3
    return classes(qa.shape, filled(qa), (CLOUD, (qa >> 4) & 1 == 1), (SHADOW, high(7)), (HAZE, high(11)), (SNOW, high(9)))


def of_scl(scl):
    return classes(scl.shape, (scl < 2) | (scl > 11), (CLOUD, (scl == 8) | (scl == 9)), (SHADOW, scl == 3),
                   (HAZE, scl == 10), (SNOW, scl == 11))


def of_udm2(clear, snow, shadow, light_haze, heavy_haze, cloud):
    bands = clear, snow, shadow, light_haze, heavy_haze, cloud
    nothing = ~np.logical_or.reduce([band == 1 for band in bands])
    return classes(clear.shape, nothing, (CLOUD, cloud == 1), (SHADOW, shadow == 1),
                   (HAZE, (light_haze == 1) | (heavy_haze == 1)), (SNOW, snow == 1))


# ---- spectral rules ----------------------------------------------------------------------------------------------


def of_spectrum(valid, line, blue, green, red, nir, swir16=None, swir22=None):
    """Fmask's potential cloud pixels that are bright, or bluer than the ground; the bands are reflectances from 0 to 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (blue + green + red) / 3
        whiteness = (abs(blue - mean) + abs(green - mean) + abs(red - mean)) / mean
        cloud = (mean > 0) & (whiteness < 0.7) & (blue - 0.5 * red - 0.08 > 0)
        ndvi = np.where(nir + red > 0, (nir - red) / (nir + red), 0)
        cloud &= ndvi < 0.8
        snow = np.zeros(valid.shape, bool)
        if swir16 is not None:
            ndsi = np.where(green + swir16 > 0, (green - swir16) / (green + swir16), 0)
            cloud &= (swir22 > 0.03) & (ndsi < 0.8) & (nir > 0.75 * swir16)
            snow = (ndsi > 0.4) & (nir > 0.11) & (green > 0.1)
    far = blue > BRIGHTEST if line is None else (blue > BRIGHTEST) | (blueness(line, blue, red) > THIN)
    return classes(valid.shape, ~valid, (SNOW, snow), (CLOUD, cloud & far))


def line_of_clear_ground(blue, red):
    """Slope and offset of blue over red for clear ground, the spread around that line, and brightness and its spread.

    Clouds are brighter and bluer than the ground: the line is fitted to the darker half of the pixels, then again
    without those that lie far on the blue side."""
    brightness = blue + red
    kept = brightness <= np.median(brightness)
    for _ in range(5):
        slope, offset = np.polyfit(red[kept], blue[kept], 1) if np.ptp(red[kept]) > 0 else (0.0, np.median(blue[kept]))
        away = blue - (slope * red + offset)
        spread = max(1.4826 * np.median(abs(away[kept] - np.median(away[kept]))), 1e-3 * np.median(blue[kept]), 1e-12)
        kept = (brightness <= np.median(brightness)) & (away < THIN * spread)
    dark = brightness[kept]
    return slope, offset, spread, np.median(dark), max(1.4826 * np.median(abs(dark - np.median(dark))), 1e-12)


def blueness(line, blue, red):
    """How many spreads the pixels lie on the blue side of the line."""
    slope, offset, spread, *_ = line
    return (blue - (slope * red + offset)) / spread


def of_hot(valid, line, blue, red):
    away, (*_, ground, unevenness) = blueness(line, blue, red), line
    bright = blue + red > ground + BRIGHT * unevenness
    return classes(valid.shape, ~valid, (CLOUD, bright & (away > THICK)), (HAZE, bright & (away > THIN)))


# ---- the tile ----------------------------------------------------------------------------------------------------


def read(band, x, y, width, height):
    return swath_tile.read(band, x, y, width, height, np.float32)


def sample(scene, *numbers):
    """The valid pixels of small windows, spread over the whole scene: the same ones for every tile."""
    width, height = min(SAMPLE, scene.RasterXSize), min(SAMPLE, scene.RasterYSize)
    found = []
    for y in sorted({round(part) for part in np.linspace(0, scene.RasterYSize - height, SAMPLES)}):
        for x in sorted({round(part) for part in np.linspace(0, scene.RasterXSize - width, SAMPLES)}):
            bands = [read(scene.GetRasterBand(number), x, y, width, height) for number in numbers]
            valid = np.logical_and.reduce([valid for _, valid in bands])
            found.append(np.stack([values[valid] for values, _ in bands]))
    return np.concatenate(found, axis=1).astype(np.float64)


def rule(scene, whole, names):
    """The name of the rule, and a function that makes the classes of a window."""
    def stored(of, *arguments):
        return lambda *window: of(*(band.ReadAsArray(*window) for band in bands), *arguments)

    def physical(of, numbers, *arguments):
        def made(*window):
            read_bands = [read(scene.GetRasterBand(number), *window) for number in numbers]
            return of(np.logical_and.reduce([valid for _, valid in read_bands]), *arguments, *(v for v, _ in read_bands))
        return made

    bands = [scene.GetRasterBand(number) for number in range(1, scene.RasterCount + 1)]
    for name, of in (("qa_pixel", of_qa_pixel), ("bqa", of_bqa), ("scl", of_scl)):
        if names == [name]:
            return name, stored(of)
    if names[0] == "clear":
        return "udm2", stored(of_udm2)
    blue, red = sample(whole, 1, 3)
    line = line_of_clear_ground(blue, red) if blue.size >= FEWEST else None
    # Of the scene itself: a map may need a larger type.
    as_it_came = whole.GetRasterBand(1)
    if as_it_came.DataType in (gdal.GDT_Float32, gdal.GDT_Float64) or (as_it_came.GetScale() or 1) != 1:
        return "spectral", physical(of_spectrum, range(1, len(names) + 1), line)
    if line is None:
        raise SystemExit(f"the scene has {blue.size} valid pixels in the sample; the rule hot needs {FEWEST} to find clear ground")
    return "hot", physical(of_hot, (1, 3), line)


def paint(output):
    table = gdal.ColorTable()
    for number, colour in COLOURS.items():
        table.SetColorEntry(number, colour)
    output.GetRasterBand(1).SetColorTable(table)


def main():
    scene = swath_tile.scene()
    # Of a scene that Swath puts onto a map, the input holds this tile alone; this is the whole scene in any case.
    whole = swath_tile.scene(os.path.join(os.environ["SWATH_WORK"], "scene.vrt"))
    name, classify = rule(scene, whole, os.environ["SWATH_BANDS"].split(","))
    with swath_tile.Tile(scene, np.uint8, NODATA, names=[f"cloud mask by {name}"], describe=paint) as tile:
        for window in tile.strips():
            tile.write(classify(*window), window[1])


if __name__ == "__main__":
    main()
