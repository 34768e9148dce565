"""Makes a Sentinel-2 Level-2A product, and compares Swath's NDVI of it. Used by sentinel2.sh.

    sentinel2.py make FOLDER SIDE           writes FOLDER/NAME.SAFE with B04 and B08 of SIDE x SIDE pixels; prints its path
    sentinel2.py wait LEDGER SECONDS DROP   waits for the delivery; prints the seconds of each stage from DROP (Unix time)
    sentinel2.py check SAFE NDVI.tif        computes the index from the JPEG 2000 files, and compares each pixel

The product has the structure of baseline 05.10: lossless JPEG 2000 in blocks of 1024, BOA_ADD_OFFSET -1000, 0 for no data
(without a tag), MTD_MSIL2A.xml, MTD_TL.xml, manifest.safe with sizes and MD5. Its other bands are listed and not there.
"""
import hashlib
import os
import sqlite3
import sys
import time

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
NAME = "S2B_MSIL2A_20250601T101559_N0510_R065_T32UPU_20250601T130000.SAFE"
GRANULE = "GRANULE/L2A_T32UPU_A042999_20250601T102000"
IMAGE = GRANULE + "/IMG_DATA/R10m/T32UPU_20250601T101559_{}_10m"
BANDS = {"B02": 1, "B03": 2, "B04": 3, "B08": 7}  # with their bandId
MADE = ("B04", "B08")
LEFT, TOP = 600000, 5400000
OFFSET = 1000


def rows_of(name, start, rows, side):
    """Fields of 40 x 40 pixels with their own reflectance, noise in each pixel, and no data in the lower right corner."""
    y, x = np.mgrid[start:start + rows, 0:side]
    field = (x // 40 * 7919 + y // 40 * 104729) % 997 / 997
    low, high = (0.02, 0.25) if name == "B04" else (0.10, 0.50)
    noise = np.random.RandomState(start + BANDS[name]).normal(0, 0.004, x.shape)
    reflectance = low + (high - low) * (field if name == "B08" else field * field) + noise
    values = np.clip(np.rint(reflectance * 10000) + OFFSET, 1, 20000).astype(np.uint16)
    values[x + y > 1.7 * side] = 0
    return values


def image(folder, name, side):
    flat, path = os.path.join(folder, name + ".tif"), os.path.join(folder, IMAGE.format(name) + ".jp2")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    dataset = gdal.GetDriverByName("GTiff").Create(flat, side, side, 1, gdal.GDT_UInt16)
    dataset.SetGeoTransform((LEFT, 10, 0, TOP, 0, -10))
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(32632)
    dataset.SetProjection(reference.ExportToWkt())
    for start in range(0, side, 512):
        dataset.GetRasterBand(1).WriteArray(rows_of(name, start, min(512, side - start), side), 0, start)
    dataset = None
    gdal.Translate(path, flat, format="JP2OpenJPEG", creationOptions=[
        "REVERSIBLE=YES", "QUALITY=100", "BLOCKXSIZE=1024", "BLOCKYSIZE=1024", "RESOLUTIONS=6", "NBITS=15"])
    os.remove(flat)


def metadata(folder, side):
    files = "".join(f"<IMAGE_FILE>{IMAGE.format(name)}</IMAGE_FILE>" for name in BANDS)
    offsets = "".join(f'<BOA_ADD_OFFSET band_id="{number}">-{OFFSET}</BOA_ADD_OFFSET>' for number in range(13))
    write(folder, "MTD_MSIL2A.xml", f"""<?xml version="1.0" encoding="UTF-8"?>
<n1:Level-2A_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/User_Product_Level-2A.xsd"><n1:General_Info>
<Product_Info><PRODUCT_START_TIME>2025-06-01T10:15:59.024Z</PRODUCT_START_TIME>
<PRODUCT_URI>{NAME}</PRODUCT_URI><PROCESSING_LEVEL>Level-2A</PROCESSING_LEVEL><PROCESSING_BASELINE>05.10</PROCESSING_BASELINE>
<Datatake><SPACECRAFT_NAME>Sentinel-2B</SPACECRAFT_NAME></Datatake>
<Product_Organisation><Granule_List><Granule granuleIdentifier="S2B_T32UPU" imageFormat="JPEG2000">{files}</Granule>
</Granule_List></Product_Organisation></Product_Info>
<Product_Image_Characteristics><QUANTIFICATION_VALUES_LIST><BOA_QUANTIFICATION_VALUE unit="none">10000</BOA_QUANTIFICATION_VALUE>
</QUANTIFICATION_VALUES_LIST><BOA_ADD_OFFSET_VALUES_LIST>{offsets}</BOA_ADD_OFFSET_VALUES_LIST></Product_Image_Characteristics>
</n1:General_Info></n1:Level-2A_User_Product>
""")
    write(folder, GRANULE + "/MTD_TL.xml", f"""<?xml version="1.0" encoding="UTF-8"?>
<n1:Level-2A_Tile_ID xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/S2_PDI_Level-2A_Tile_Metadata.xsd"><n1:General_Info>
<SENSING_TIME>2025-06-01T10:20:00.000Z</SENSING_TIME></n1:General_Info><n1:Geometric_Info><Tile_Geocoding>
<HORIZONTAL_CS_CODE>EPSG:32632</HORIZONTAL_CS_CODE><Size resolution="10"><NROWS>{side}</NROWS><NCOLS>{side}</NCOLS></Size>
<Geoposition resolution="10"><ULX>{LEFT}</ULX><ULY>{TOP}</ULY><XDIM>10</XDIM><YDIM>-10</YDIM></Geoposition></Tile_Geocoding>
</n1:Geometric_Info></n1:Level-2A_Tile_ID>
""")
    listed = ["MTD_MSIL2A.xml", GRANULE + "/MTD_TL.xml"] + [IMAGE.format(name) + ".jp2" for name in MADE]
    objects = "".join(f"""<dataObject ID="F{number}"><byteStream mimeType="application/octet-stream" size="{size(folder, path)}">
<fileLocation locatorType="URL" href="./{path}"/><checksum checksumName="MD5">{md5(folder, path)}</checksum></byteStream></dataObject>
""" for number, path in enumerate(listed))
    write(folder, "manifest.safe", f"""<?xml version="1.0" encoding="UTF-8"?>
<xfdu:XFDU xmlns:xfdu="urn:ccsds:schema:xfdu:1" version="esa/safe/sentinel/1.1/sentinel-2/msi/archive_l2a_user_product">
<dataObjectSection>{objects}</dataObjectSection></xfdu:XFDU>
""")


def write(folder, path, text):
    with open(os.path.join(folder, path), "w") as file:
        file.write(text)


def size(folder, path):
    return os.path.getsize(os.path.join(folder, path))


def md5(folder, path):
    digest = hashlib.md5()
    with open(os.path.join(folder, path), "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def make(folder, side):
    product = os.path.join(folder, NAME)
    os.makedirs(product)
    for name in MADE:
        image(product, name, int(side))
    metadata(product, int(side))
    print(product)


def query(ledger, text):
    connection = sqlite3.connect(ledger, timeout=30)
    try:
        return connection.execute(text).fetchall()
    finally:
        connection.close()


def wait(ledger, seconds, drop):
    deadline, drop, states = time.time() + float(seconds), float(drop), {}
    while "DELIVERED" not in states:
        states = dict(query(ledger, "select state, at from scene_history"))
        if states.keys() & {"REJECTED", "FAILED"} or time.time() > deadline:
            sys.exit(f"not delivered: {query(ledger, 'select state, reason from scene')}")
        time.sleep(0.2)
    for state, at in sorted(states.items(), key=lambda entry: entry[1]):
        print(f"{at / 1000 - drop:8.1f} s  {state}")
    for step, runs, first, last in query(ledger, "select step, count(*), min(started_at), max(ended_at) from run group by step"):
        print(f"          {step}: {runs} runs, {first / 1000 - drop:.1f} to {last / 1000 - drop:.1f} s")


def check(product, result):
    red, nir = (gdal.Open(os.path.join(product, IMAGE.format(name) + ".jp2")) for name in MADE)
    found = gdal.Open(result)
    assert (found.RasterXSize, found.RasterYSize) == (red.RasterXSize, red.RasterYSize), "another size"
    assert found.GetGeoTransform() == (LEFT, 10, 0, TOP, 0, -10), found.GetGeoTransform()
    different, worst, valid, values = 0, 0, 0, []
    for start in range(0, red.RasterYSize, 1024):
        rows = min(1024, red.RasterYSize - start)
        r, n = (band.ReadAsArray(0, start, red.RasterXSize, rows).astype(np.int64) for band in (red, nir))
        sum_ = r + n - 2 * OFFSET
        there = (r != 0) & (n != 0) & (sum_ > 0)
        right = np.clip(np.rint((n - r) / np.where(there, sum_, 1) * 10000), -10000, 10000)
        index = found.ReadAsArray(0, start, red.RasterXSize, rows)
        different += np.count_nonzero((index != -32768) != there)
        worst = max(worst, int(abs(index - right)[there].max(initial=0)))
        valid += np.count_nonzero(there)
        values.append(right[there][::97])
    print(f"{valid} valid pixels, median NDVI {np.median(np.concatenate(values)) / 10000:.4f}; {different} pixels differ in validity,"
          f" and the index by {worst} / 10000 at most")
    sys.exit(different > 0 or worst > 1)


if __name__ == "__main__":
    {"make": make, "wait": wait, "check": check}[sys.argv[1]](*sys.argv[2:])
