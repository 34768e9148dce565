"""What check_output.py does with GDAL: reads an output that is not as swath_tile.py writes it, and converts a tile."""
import os

import numpy as np
from osgeo import gdal

import swath_tile

gdal.UseExceptions()


class NotOpened(RuntimeError):
    """GDAL cannot open the file."""


class WrongSize(Exception):
    """The size of the file."""


def opened(path, expected):
    try:
        source = gdal.OpenEx(path, gdal.OF_RASTER, allowed_drivers=["GTiff"])
    except RuntimeError as error:
        raise NotOpened(str(error)) from error
    size = source.RasterXSize, source.RasterYSize
    if expected and size != expected:
        raise WrongSize(size)
    return source


def require_readable(content, expected, pixels):
    """An error if GDAL cannot open the file and, with `pixels`, read each pixel of each level."""
    path = content.path
    if content.bytes is not None:
        path = "/vsimem/output.tif"
        gdal.FileFromMemBuffer(path, content.bytes)
    source = opened(path, expected)
    if pixels:
        require_pixels(source)


def convert(path, expected):
    """The path of a tile with the same pixels, of the layout that the assembly copies; None where there is none: a tile with a
    mask, an alpha band, complex numbers, or bands of which a block does not fit into memory."""
    source = opened(path, expected)
    bands = [source.GetRasterBand(number) for number in range(1, source.RasterCount + 1)]
    kinds = {swath_tile.gdal_array.GDALTypeCodeToNumericTypeCode(band.DataType) for band in bands}
    other = any(band.GetMaskFlags() & (gdal.GMF_PER_DATASET | gdal.GMF_ALPHA) for band in bands)
    kind = np.dtype(kinds.pop())
    if other or kind.kind == "c" or kinds or len(bands) * kind.itemsize * swath_tile.BLOCK ** 2 > swath_tile.MOST_BLOCK:
        require_pixels(source)
        return None
    made = path + ".made"
    tile = Converted(source, kind, bands[0].GetNoDataValue(), [band.GetDescription() for band in bands], path=made,
                     describe=lambda output: describe(bands, output))
    tile.metadata.update({name: value for name, value in source.GetMetadata().items() if name.startswith("SWATH_")})
    with tile:
        for _, y, width, rows in tile.strips():
            tile.write(source.ReadAsArray(0, y - tile.y, width, rows), y)
    return made


def drop_statistics(path):
    """Removes the statistics of a tile, so that the assembly cannot copy it; whether there were any."""
    if opened(path, None).GetMetadataItem("SWATH_STATISTICS") is None:
        return False
    output = gdal.OpenEx(path, gdal.OF_RASTER | gdal.OF_UPDATE, allowed_drivers=["GTiff"])
    output.SetMetadataItem("SWATH_STATISTICS", None)
    output.FlushCache()
    return True


class Converted(swath_tile.Tile):
    """The tile again. It is no empty tile even if no pixel is valid, because the script did not say so."""

    keep_empty = True

    def georeference(self, output):
        transform = self.scene.GetGeoTransform(can_return_null=True)
        if transform:
            output.SetGeoTransform(transform)
        if self.scene.GetSpatialRef():
            output.SetSpatialRef(self.scene.GetSpatialRef())

    def finish(self):
        self.output = self.output or self._create()
        super().finish()


def require_pixels(source):
    """An error if GDAL cannot read each pixel of each level."""
    for band in [source.GetRasterBand(number) for number in range(1, source.RasterCount + 1)]:
        for level in [band] + [band.GetOverview(number) for number in range(band.GetOverviewCount())]:
            for top in range(0, level.YSize, swath_tile.STRIP):
                level.ReadRaster(0, top, level.XSize, min(swath_tile.STRIP, level.YSize - top))


def describe(bands, output):
    """What the assembly takes from a tile beside its pixels."""
    for number, band in enumerate(bands, 1):
        made = output.GetRasterBand(number)
        if band.GetScale() not in (None, 1.0):
            made.SetScale(band.GetScale())
        if band.GetOffset():
            made.SetOffset(band.GetOffset())
        made.SetUnitType(band.GetUnitType())
        if band.GetColorTable():
            made.SetColorTable(band.GetColorTable())
        else:
            made.SetColorInterpretation(band.GetColorInterpretation())
