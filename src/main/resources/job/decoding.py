"""Makes the product from the pixels of the tiles: GDAL decodes all of them, and encodes them again. For tiles of any kind."""
import os

from osgeo import gdal

import mosaic
import swath_overviews as overviews
import upper_levels
from tiles import threads


def product(path, plan, bands, tiles, scene, folder):
    """Writes the product; a RuntimeError of GDAL's, which names the tile, if one cannot be read."""
    vrt = mosaic.write(folder, plan["width"], plan["height"], bands, tiles, scene, masked=mosaic.masked(tiles))
    if overviews.needed(bands):
        whole = gdal.OpenEx(vrt, gdal.OF_RASTER, allowed_drivers=["VRT"])
        mosaic.add_overviews(
            vrt, upper_levels.write(folder, whole, bands, plan["resampling"], mosaic.has_data(tiles), threads=threads()))
    options = ["BLOCKSIZE=512", "COMPRESS=" + plan["compress"], "BIGTIFF=IF_SAFER", f"NUM_THREADS={threads()}",
               "OVERVIEW_RESAMPLING=" + plan["resampling"],
               # A mosaic of one tile would pass on the tile's overviews, whatever made them.
               "OVERVIEWS=" + ("AUTO" if overviews.needed(bands) else "IGNORE_EXISTING")]
    if plan["compress"] != "NONE" and not bands[0]["type"].startswith("CFloat"):  # GDAL predicts no complex floats
        options.append("PREDICTOR=YES")
    source = gdal.OpenEx(vrt, gdal.OF_RASTER, allowed_drivers=["VRT"])
    mosaic.set_datetime(source, plan)
    gdal.GetDriverByName("COG").CreateCopy(path, source, options=options).FlushCache()
