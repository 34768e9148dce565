#!/usr/bin/python3
"""Makes small valid scenes for a test to damage, and checks how the damaged scenes are read.

  hostile.py make FOLDER       makes scenes of every kind that Swath accepts
  hostile.py judge             for each line `SCENE.vrt<TAB>SCENE.tif<TAB>BANDS<TAB>WINDOWS` on its input a line:
                               `same` (through the VRT the same pixels as by a strict read of the file itself),
                               `unreadable` (in both ways), or what differs; WINDOWS (x,y,w,h ...) must hold no pixel
  hostile.py ndvi SCENE.tif PRODUCT.tif RED NIR     exit 0 when every pixel is right

A child process with limits reads each file, because a damaged file may crash its reader.
"""
import os
import resource
import sys

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
gdal.SetConfigOption("GDAL_PAM_ENABLED", "NO")
gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
MEMORY, SECONDS = 512 << 20, 10
TILED = ["TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=32"]


def scene(path, options, bands=("red", "nir"), width=96, height=80, kind=gdal.GDT_UInt16, nodata=0, gcps=False,
          fill=True, driver="GTiff"):
    memory = gdal.GetDriverByName("MEM" if driver == "COG" else "GTiff")
    made = memory.Create("" if driver == "COG" else path, width, height, len(bands), kind,
                         [] if driver == "COG" else options)
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32633)
    if gcps:
        made.SetGCPs([gdal.GCP(500000 + 10 * x, 5000000 - 10 * y, 0, x, y)
                      for x, y in ((0, 0), (width, 0), (0, height), (width, height))], reference)
    else:
        made.SetSpatialRef(reference)
        made.SetGeoTransform((500000, 10, 0, 5000000, 0, -10))
    random = np.random.RandomState(len(path))
    for number, name in enumerate(bands, 1):
        band = made.GetRasterBand(number)
        band.SetDescription(name)
        if nodata is not None:
            band.SetNoDataValue(nodata)
        values = random.randint(1, 200, (height, width)) + np.arange(width) // 2
        values[: height // 4, : width // 3] = 0
        if fill:
            band.WriteArray(values)
        else:
            band.WriteArray(values[:32, :32], 0, 0)
    if driver == "COG":
        gdal.GetDriverByName("COG").CreateCopy(path, made, options=options)
    return made


def make(folder):
    four = ("blue", "green", "red", "nir")
    at = lambda name: os.path.join(folder, name + ".tif")
    scene(at("strips"), ["BLOCKYSIZE=16"])
    scene(at("deflate"), TILED + ["COMPRESS=DEFLATE", "PREDICTOR=2"], four)
    scene(at("lzw"), TILED + ["COMPRESS=LZW"], kind=gdal.GDT_Byte)
    scene(at("packbits"), ["COMPRESS=PACKBITS", "BLOCKYSIZE=16"], kind=gdal.GDT_Byte, nodata=None)
    scene(at("four-bytes"), TILED + ["COMPRESS=DEFLATE"], four, kind=gdal.GDT_Byte, nodata=None)  # nir marked as alpha
    scene(at("zstd-float"), TILED + ["COMPRESS=ZSTD", "PREDICTOR=3"], kind=gdal.GDT_Float32, nodata=float("nan"))
    scene(at("cog"), ["COMPRESS=DEFLATE", "BLOCKSIZE=128"], width=300, height=280, driver="COG")
    scene(at("big"), TILED + ["BIGTIFF=YES", "COMPRESS=DEFLATE"])
    scene(at("big-endian"), TILED + ["ENDIANNESS=BIG"], four, kind=gdal.GDT_Int16)
    scene(at("separate"), TILED + ["INTERLEAVE=BAND", "COMPRESS=LZW", "PREDICTOR=2"], four)
    scene(at("gcps"), ["COMPRESS=DEFLATE", "BLOCKYSIZE=8"], gcps=True)
    scene(at("sparse"), TILED + ["SPARSE_OK=TRUE"], fill=False)
    scene(at("mask"), TILED, nodata=None).CreateMaskBand(gdal.GMF_PER_DATASET)
    scene(at("overviews"), TILED + ["COMPRESS=DEFLATE"], width=200, height=160).BuildOverviews("NEAREST", [2, 4])


# ---- the judge -------------------------------------------------------------------------------------------------


def transparency(source, numbers):
    """Whether the band that GDAL marks as alpha is one: a band of the recipe or with another name is not.

    GDAL marks the fourth band of four as alpha by itself, and copies the mark with the band.
    """
    for number in range(source.RasterCount, 0, -1):
        band = source.GetRasterBand(number)
        if band.GetColorInterpretation() == gdal.GCI_AlphaBand:
            return number not in numbers and band.GetDescription().strip().lower() in ("", "alpha")
    return False


def pixels(path, driver, numbers):
    """Every band's pixels and its mask; None where any of them cannot be read.

    GDAL's exceptions are off here, because GDAL also raises them for errors that do not affect the pixels, such as a
    damaged key of the georeference. Only the result of the read itself counts.
    """
    source = gdal.OpenEx(path, gdal.OF_RASTER, allowed_drivers=[driver, "GTiff"])
    if source is None:
        return None
    read = []
    alpha = transparency(source, numbers)
    for number in numbers:
        band = source.GetRasterBand(number)
        masked = alpha or not band.GetMaskFlags() & gdal.GMF_ALPHA
        rows, valid = [], []
        for y in range(0, min(band.YSize, 2048), 64):  # in strips, as a step reads
            window = (0, y, min(band.XSize, 2048), min(64, band.YSize - y))
            rows.append(band.ReadAsArray(*window))
            valid.append(band.GetMaskBand().ReadAsArray(*window) if masked else np.ones(window[:1:-1], np.uint8))
            if rows[-1] is None or valid[-1] is None:
                return None
        values = np.concatenate(rows)
        if values.dtype == np.int8:  # Swath shows signed bytes as Int16; GDAL ignores the sign of fewer bits
            few = "NBITS" in band.GetMetadata("IMAGE_STRUCTURE")
            values = values.view(np.uint8) if few else values.astype(np.int16)
        read.append((values, np.concatenate(valid) != 0))
    return read


def compare(vrt, tif, numbers, windows):
    through = pixels(vrt, "VRT", range(1, len(numbers) + 1))
    direct = pixels(tif, "GTiff", numbers)
    if through is None and direct is None:
        return "unreadable"
    if through is None or direct is None:
        return f"only {'the file itself' if direct else 'the VRT'} can be read: {gdal.GetLastErrorMsg()}"
    for number, (one, other) in enumerate(zip(through, direct), 1):
        if one[0].dtype != other[0].dtype or not np.array_equal(one[0], other[0], equal_nan=one[0].dtype.kind in "fc"):
            return f"band {number} differs"
        if not np.array_equal(one[1], other[1]):
            return f"the mask of band {number} differs"
        for x, y, w, h in windows:
            if one[1][y:y + h, x:x + w].any():
                return f"band {number} has pixels at {x},{y} {w} x {h}, which planning treats as empty"
    return "same"


def limited(task):
    """The task's result from a child process; without a result, how the child ended."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        try:
            said = task()
        except MemoryError:
            said = "more than 512 MiB"
        except BaseException as error:  # any error is a result for the test
            said = f"{type(error).__name__}: {error}"
        os.write(writer, said.replace("\n", " ").encode()[:2000])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        said = answer.read().decode()
    _, status = os.waitpid(child, 0)
    return said or f"reading ended with status {status}"


def judge():
    gdal.DontUseExceptions()
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    for line in sys.stdin:
        vrt, tif, bands, windows = line.rstrip("\n").split("\t")
        numbers = [int(number) for number in bands.split(",")]
        empty = [tuple(map(int, window.split(","))) for window in windows.split()]
        print(limited(lambda: compare(vrt, tif, numbers, empty)), flush=True)


def ndvi(tif, product, red, nir):
    """The index from a direct read, with the file's own scale, offset and masks."""
    gdal.DontUseExceptions()
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    source = gdal.OpenEx(tif, gdal.OF_RASTER, allowed_drivers=["GTiff"])
    values = []
    for number, (array, valid) in zip((int(red), int(nir)), pixels(tif, "GTiff", (int(red), int(nir)))):
        band = source.GetRasterBand(number)
        values.append((array.astype(np.float64) * (band.GetScale() or 1.0) + (band.GetOffset() or 0.0), valid))
    (a, a_valid), (b, b_valid) = values
    with np.errstate(all="ignore"):
        index = np.rint((b - a) / (a + b) * 10000)
        valid = a_valid & b_valid & (a + b > 0) & np.isfinite(index)
    expected = np.where(valid, np.clip(np.where(valid, index, 0), -10000, 10000), -32768)
    made = gdal.Open(product).ReadAsArray()
    if made.shape != expected.shape or (made != expected).any():
        sys.exit(f"{product}: {(made != expected).sum() if made.shape == expected.shape else made.shape} pixels differ")


if __name__ == "__main__":
    {"make": make, "judge": judge, "ndvi": ndvi}[sys.argv[1]](*sys.argv[2:])
