"""The areas of equal value of a map of classes as polygons in a GeoPackage.

The polygons are made of the whole map, so none is cut at a tile. Pixels belong together when they share an edge
(4-connected): polygons of pixels that share a corner alone would cross themselves. GDAL reads the map row by row, so
memory grows with the number of polygons and not with the number of pixels.
"""
import os
import shutil

from osgeo import gdal, ogr


def write(path, cog, classes, scratch):
    """Writes a layer `classes` with the fields `class` and `name`; pixels without a value belong to no polygon.

    SQLite writes here and there into a file, so the file is made on the node's own disk first."""
    local = os.path.join(scratch, "polygons.gpkg")
    source = gdal.GetDriverByName("GPKG").Create(local, 0, 0, 0, gdal.GDT_Unknown)
    reference = cog.GetSpatialRef() if cog.GetGeoTransform(can_return_null=True) else None
    layer = source.CreateLayer("classes", reference, ogr.wkbPolygon)
    layer.CreateField(ogr.FieldDefn("class", ogr.OFTInteger))
    layer.CreateField(ogr.FieldDefn("name", ogr.OFTString))
    band = cog.GetRasterBand(1)
    source.StartTransaction()  # one for all: SQLite would wait for the disk after each polygon
    gdal.Polygonize(band, band.GetMaskBand(), layer, 0, [])
    for known in classes:
        name = known["name"].replace("'", "''")
        source.ExecuteSQL(f"UPDATE classes SET name = '{name}' WHERE class = {int(known['value'])}")
    source.CommitTransaction()
    layer = source = None  # closes the file
    shutil.copyfile(local, path + ".tmp")
    with open(path + ".tmp", "rb") as file:
        os.fsync(file.fileno())
    os.replace(path + ".tmp", path)
    os.remove(local)
