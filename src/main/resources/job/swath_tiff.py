"""Walks through the directories of a TIFF file, without GDAL and numpy, which take longer to load than a tile takes to check.

TIFF 6.0 (1992) and BigTIFF (https://www.awaresystems.be/imaging/tiff/bigtiff.html), little-endian. A job wrote the file, so
nothing in it is believed: every length has a bound. What is unusual raises NotPlain.
"""
import struct
from collections import namedtuple

BLOCK = 512  # pixels of a block's side, in tiles and products
MOST_BLOCK = 64 << 20  # bytes of a decoded block: larger ones of many bands are not interleaved by pixel, and not copied
ONE_CELL = ("AVERAGE", "NEAREST", "MODE", "RMS")  # resampling of 2 x 2 pixels; all others see more, over a tile's edge
MOST_DIRECTORIES = 40
MOST_ENTRIES = 200
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}  # bytes by type
SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, FILL_ORDER, SAMPLES, PLANAR, PREDICTOR = 254, 256, 257, 258, 259, 266, 277, 284, 317
BLOCK_WIDTH, BLOCK_HEIGHT, OFFSETS, COUNTS, FORMAT, METADATA, NODATA = 322, 323, 324, 325, 339, 42112, 42113

Value = namedtuple("Value", "kind count data")  # as in the file


class NotPlain(Exception):
    """The file is not laid out as swath_tile.py does; the message says why."""


def ceiling(length, part):
    return -(-length // part)


def levels(x, y, most):
    """How many overviews a tile has whose core begins at x, y: at each of them it begins at a block of the product."""
    found = 0
    while found < most and not any(place % (BLOCK << found + 1) for place in (x, y)):
        found += 1
    return found


class Tiff:
    """A file of `size` bytes. `read_at(offset, length)` gives bytes of it."""

    def __init__(self, read_at, size):
        self.read_at, self.size = read_at, size
        start = self.at(0, min(16, size)).ljust(16, b"\0")
        self.big = start[:8] == b"II+\0\x08\0\0\0"
        if not self.big and start[:4] != b"II*\0":
            raise NotPlain("it is no little-endian TIFF")
        self.first = struct.unpack_from("<Q", start, 8)[0] if self.big else struct.unpack_from("<I", start, 4)[0]

    def at(self, offset, length):
        if offset + length > self.size:
            raise NotPlain("parts of it lie outside the file")
        data = self.read_at(offset, length)
        if len(data) != length:
            raise NotPlain("it has become shorter")
        return data

    def directories(self):
        """The entries of each directory, {tag: (type, count, field)}; there is at least one."""
        offset, seen = self.first, set()
        if not offset:
            raise NotPlain("it has no directory")
        while offset:
            if offset in seen or len(seen) == MOST_DIRECTORIES:
                raise NotPlain(f"it has more than {MOST_DIRECTORIES} directories, or they lead in a circle")
            seen.add(offset)
            entries, offset = self.entries(offset)
            yield entries

    def entries(self, offset):
        head, length, word = (8, 20, 8) if self.big else (2, 12, 4)
        count = int.from_bytes(self.at(offset, head), "little")
        if count > MOST_ENTRIES:
            raise NotPlain(f"a directory has {count} entries")
        data = self.at(offset + head, length * count + word)
        found = {}
        for tag, kind, number, field in struct.iter_unpack("<HHQ8s" if self.big else "<HHI4s", data[:-word]):
            found[tag] = kind, number, field
        return found, int.from_bytes(data[-word:], "little")

    def value(self, entry, most):
        """The value of an entry, which may have so many bytes."""
        kind, count, field = entry
        length = SIZES.get(kind, most + 1) * count
        if length > most:
            raise NotPlain(f"a value of a directory is larger than {most} bytes, or of an unknown type")
        if length <= len(field):
            return Value(kind, count, field[:length])
        return Value(kind, count, self.at(int.from_bytes(field, "little"), length))
