"""Shows the tiles as one image, without a copy of their pixels: a VRT, which GDAL reads."""
import os
import re
import xml.etree.ElementTree as ElementTree

import numpy as np

def write_vrt(path, width, height, bands, sources, scene, in_file=0):
    """Writes a VRT. `sources`: (path, x, y, width, height) in pixels; `scene`: the elements of the georeference;
    `in_file`: the level of the sources' own overviews that is read."""
    root = ElementTree.Element("VRTDataset", rasterXSize=str(width), rasterYSize=str(height))
    root.extend(scene)
    for number, band in enumerate(bands, 1):
        element = ElementTree.SubElement(root, "VRTRasterBand", dataType=band["type"], band=str(number))
        text = lambda name, value: setattr(ElementTree.SubElement(element, name), "text", str(value))
        if band["description"]:
            text("Description", band["description"])
        if band["nodata"] is not None:
            text("NoDataValue", repr(band["nodata"]))
        if band["colour"] and band["colour"] != "Undefined":
            text("ColorInterp", band["colour"])
        if band["palette"]:
            table = ElementTree.SubElement(element, "ColorTable")
            for colours in band["palette"]:
                ElementTree.SubElement(table, "Entry", {name: str(value) for name, value in zip(("c1", "c2", "c3", "c4"), colours)})
        if band.get("offset"):
            text("Offset", repr(band["offset"]))
        if band.get("scale") not in (None, 1.0):
            text("Scale", repr(band["scale"]))
        for name, x, y, w, h in sources:
            source = ElementTree.SubElement(element, "SimpleSource")
            ElementTree.SubElement(source, "SourceFilename", relativeToVRT="0").text = name
            if in_file:
                options = ElementTree.SubElement(source, "OpenOptions")
                ElementTree.SubElement(options, "OOI", key="OVERVIEW_LEVEL").text = str(in_file - 1)
            ElementTree.SubElement(source, "SourceBand").text = str(number)
            # With its size and type given, GDAL opens a tile only when it reads the pixels.
            ElementTree.SubElement(source, "SourceProperties", RasterXSize=str(w), RasterYSize=str(h),
                                   DataType=band["type"], BlockXSize=str(band["block"][0]),
                                   BlockYSize=str(band["block"][1]))
            ElementTree.SubElement(source, "SrcRect", xOff="0", yOff="0", xSize=str(w), ySize=str(h))
            ElementTree.SubElement(source, "DstRect", xOff=str(x), yOff=str(y), xSize=str(w), ySize=str(h))
    ElementTree.ElementTree(root).write(path, encoding="UTF-8")


def georeference(scene_vrt):
    """The elements that say where the scene lies."""
    return [element for element in ElementTree.parse(scene_vrt).getroot() if element.tag in ("SRS", "GeoTransform", "GCPList")
            or (element.tag == "Metadata" and element.get("domain") == "RPC")]


def write(folder, width, height, bands, tiles, scene, level=0):
    """Writes the VRT of all tiles, or of the overviews of a level in them (0: the full size), in the folder; its path.

    It reads one VRT per row of tiles, because GDAL checks every source for every block."""
    part = 1 << level
    width, height = -(-width // part), -(-height // part)
    rows = {}
    for tile in tiles:
        if tile.path:
            row = rows.setdefault((tile.y // part, -(-tile.height // part)), [])
            row.append((tile.path, tile.x // part, 0, -(-tile.width // part), -(-tile.height // part)))
    sources = []
    for (y, h), row in rows.items():
        path = os.path.join(folder, f"row-{level}-{y}-{h}.vrt")
        write_vrt(path, width, h, bands, row, [], in_file=level)
        sources.append((path, 0, y, width, h))
    path = os.path.join(folder, f"mosaic-{level}.vrt")
    write_vrt(path, width, height, bands, sources, scene)
    return path


def add_overviews(path, levels):
    """Adds overviews to a VRT: files with the overviews of all bands, the largest first."""
    document = ElementTree.parse(path)
    for element in document.getroot().iter("VRTRasterBand"):
        for level in levels:
            overview = ElementTree.SubElement(element, "Overview")
            ElementTree.SubElement(overview, "SourceFilename", relativeToVRT="0").text = level
            ElementTree.SubElement(overview, "SourceBand").text = element.get("band")
    document.write(path, encoding="UTF-8")


def has_data(tiles, level=0):
    """A function of a window (x, y, width, height): whether it meets a tile that is not empty. In pixels of the level."""
    corners = np.array([(tile.x, tile.y, tile.x + tile.width, tile.y + tile.height) for tile in tiles if tile.path], np.int64)
    left, top, right, bottom = corners.reshape(-1, 4).T

    def meets(x, y, width, height):
        return bool(((left < (x + width) << level) & (right > x << level) & (top < (y + height) << level) & (bottom > y << level)).any())

    return meets


def set_datetime(dataset, plan):
    """The time of the image, as TIFF writes it."""
    taken = re.match(r"(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)", plan.get("datetime") or "")
    if taken:
        dataset.SetMetadataItem("TIFFTAG_DATETIME", "{}:{}:{} {}".format(*taken.groups()))
