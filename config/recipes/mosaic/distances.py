#!/usr/bin/env python3
"""For each part of a mosaic: how far its pixels lie from the border of its data, in pixels. mosaic.py reads it.

The distances are those of cells of `cell` x `cell` pixels, so that the file stays small. A cell is inside when more than
half of its pixels are valid in all bands; around the part lies one row of cells that are outside. A hole in a part, such
as a masked cloud, has a border too.
"""
import os
import sys

import numpy as np
from osgeo import gdal

sys.dont_write_bytecode = True  # jobs may not write to this folder
import mosaic  # noqa: E402

MOST_CELLS = 3_500_000  # of all parts: as 4 bytes each they fit into the 16 MiB of a prepared file


def cells(part, cell):
    return (part.width + cell - 1) // cell + 2, (part.height + cell - 1) // cell + 2


def inside(part, cell):
    """Which cells have data, with a border of cells that have none."""
    width, height = cells(part, cell)
    found = np.zeros((height, width), bool)
    rows = max(1, 512 // cell)
    for row in range(0, height - 2, rows):
        top, bottom = row * cell, min((row + rows) * cell, part.height)
        count = (bottom - top + cell - 1) // cell
        valid = np.zeros((count * cell, (width - 2) * cell), np.uint8)
        valid[:bottom - top, :part.width] = part.valid(part.x, part.y + top, part.width, bottom - top)
        sums = valid.reshape(count, cell, width - 2, cell).sum((1, 3), dtype=np.int64)
        found[1 + row:1 + row + count, 1:-1] = 2 * sums > cell * cell
    return found


def distances(found, cell):
    """The distance of each cell's centre to the border, in pixels. Cells outside have minus half a cell."""
    height, width = found.shape
    memory = gdal.GetDriverByName("MEM")
    outside, distance = memory.Create("", width, height, 1, gdal.GDT_Byte), memory.Create("", width, height, 1, gdal.GDT_Float32)
    outside.GetRasterBand(1).WriteArray((~found).astype(np.uint8))
    gdal.ComputeProximity(outside.GetRasterBand(1), distance.GetRasterBand(1), ["VALUES=1", "DISTUNITS=PIXEL"])
    return (distance.ReadAsArray() - np.float32(0.5)) * np.float32(cell)  # GDAL measures to the centre of a cell outside


def main():
    gdal.UseExceptions()
    _, parts = mosaic.open_parts()
    cell = 1
    while sum(width * height for width, height in (cells(part, cell) for part in parts)) > MOST_CELLS:
        cell *= 2
    found = {f"part{number}": distances(inside(part, cell), cell) for number, part in enumerate(parts)}
    with open(os.environ["SWATH_OUTPUT"], "wb") as file:
        np.savez_compressed(file, cell=cell, **found)
    with open(os.environ["SWATH_NOTE"], "w") as note:
        note.write(f"{len(parts)} parts, distances in cells of {cell} pixels, transition of {mosaic.FEATHER} pixels\n")


if __name__ == "__main__":
    main()
