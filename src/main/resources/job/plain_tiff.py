"""Reads the directories of a GeoTIFF, without GDAL: which layout a tile has, and whether each of its blocks can be decoded.

TIFF Revision 6.0 (Adobe, 1992) and BigTIFF, little-endian. The file may be hostile: all that is read has a bound. What is
unusual is `NotPlain`, and left to GDAL.
"""
import struct
import zlib

BLOCK = 512
MOST_BLOCK = 64 << 20  # bytes of a decoded block
MOST_DIRECTORIES = 40
MOST_TAGS = 200
MOST_VALUES = 128 << 20  # bytes of all tags: the lists of blocks of 1,000,000 x 1,000,000 pixels need 64 MiB
TYPES = {1: "B", 2: "B", 3: "H", 4: "I", 7: "B", 13: "I", 16: "Q", 18: "Q"}  # whole numbers, as struct(3) has them
COMPRESSIONS = {"NONE": 1, "LZW": 5, "DEFLATE": 8, "ZSTD": 50000}
SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, SAMPLES, PLANAR, PREDICTOR = 254, 256, 257, 258, 259, 277, 284, 317
TILE_WIDTH, TILE_HEIGHT, OFFSETS, COUNTS, FORMAT, METADATA, NODATA = 322, 323, 324, 325, 339, 42112, 42113
KNOWN = (SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, SAMPLES, PLANAR, PREDICTOR, TILE_WIDTH, TILE_HEIGHT, OFFSETS, COUNTS,
         FORMAT, METADATA, NODATA)
PIXELS = (BITS, COMPRESSION, SAMPLES, PLANAR, PREDICTOR, FORMAT, NODATA)  # tags that all levels must have alike
REDUCED = 1  # of SUBFILE: an overview
IN_CELLS = ("AVERAGE", "NEAREST", "MODE", "RMS")  # as in swath_tile.py


class NotPlain(Exception):
    """The file is no GeoTIFF as swath_tile.py writes it; the message says why."""


class OtherCompression(NotPlain):
    """The layout is right, and GDAL can decode the blocks."""


class Tiff:
    """The directories of a file, the full size first: of each a dict of its tags' values."""

    def __init__(self, content):
        self.content = content
        head = content.read(0, 16)
        if head[:4] == b"II*\0" and len(head) >= 8:
            self.counts, self.entry, self.pointer, at = ("<H", 2), 12, ("<I", 4), struct.unpack_from("<I", head, 4)[0]
        elif head[:8] == b"II+\0\x08\0\0\0" and len(head) == 16:
            self.counts, self.entry, self.pointer, at = ("<Q", 8), 20, ("<Q", 8), struct.unpack_from("<Q", head, 8)[0]
        else:
            raise NotPlain("it is no little-endian TIFF")
        self.directories, self.values, seen = [], 0, set()
        while at:
            if at in seen or len(seen) == MOST_DIRECTORIES:
                raise NotPlain("its directories are too many, or go round in a circle")
            seen.add(at)
            at = self._directory(at)
        if not self.directories:
            raise NotPlain("it has no directory")
        self.width, self.height = (self.number(self.directories[0], tag) for tag in (WIDTH, HEIGHT))
        if not self.width or not self.height:
            raise NotPlain("it has no pixels")

    def _bytes(self, offset, size):
        data = self.content.read(offset, size)
        if len(data) != size:
            raise NotPlain("parts of it lie outside the file")
        return data

    def _directory(self, at):
        format, size = self.counts
        number = struct.unpack(format, self._bytes(at, size))[0]
        if number > MOST_TAGS:
            raise NotPlain(f"a directory has {number} tags")
        data = self._bytes(at + size, number * self.entry + self.pointer[1])
        tags, value, before = {}, self.entry - self.pointer[1], -1
        for start in range(0, number * self.entry, self.entry):
            tag, kind = struct.unpack_from("<HH", data, start)
            if tag <= before:
                raise NotPlain("the tags of a directory are not in order")
            before = tag
            if tag not in KNOWN or kind not in TYPES:
                continue
            each = struct.calcsize("<" + TYPES[kind])
            size = struct.unpack_from(self.pointer[0], data, start + 4)[0] * each
            self.values += size
            if self.values > MOST_VALUES:
                raise NotPlain(f"tag {tag} has {size // each} values")
            if size <= self.pointer[1]:
                found = data[start + value:start + value + size]
            else:
                found = self._bytes(struct.unpack_from(self.pointer[0], data, start + value)[0], size)
            tags[tag] = memoryview(found).cast(TYPES[kind])
        self.directories.append(tags)
        return struct.unpack_from(self.pointer[0], data, number * self.entry)[0]

    @staticmethod
    def number(tags, tag, default=0):
        found = tags.get(tag, ())
        return found[0] if len(found) else default

    def require_layout(self, profile, x, y):
        """A tile that the assembly can copy: see swath_tile.Tile. `x` and `y`: where its core begins."""
        compress, resampling, most = profile[0], profile[1], int(profile[2])
        full, levels = self.directories[0], 0
        kinds, bits = set(full.get(FORMAT, (1,))), set(full.get(BITS, (1,)))
        if len(kinds) != 1 or len(bits) != 1 or not bits <= {8, 16, 32, 64} or not kinds <= {1, 2, 3}:
            raise NotPlain("its type of pixels is unusual")
        predictor = 1 if compress == "NONE" else 3 if kinds == {3} else 2
        if resampling in IN_CELLS:
            while levels < most and not any(place % (BLOCK << levels + 1) for place in (x, y)):
                levels += 1
        width, height = self.width, self.height
        for level, tags in enumerate(self.directories[:levels + 1]):
            if (self.number(tags, TILE_WIDTH), self.number(tags, TILE_HEIGHT)) != (BLOCK, BLOCK):
                raise NotPlain(f"its blocks are not {BLOCK} x {BLOCK}")
            if self.number(tags, COMPRESSION, 1) != COMPRESSIONS[compress] or self.number(tags, PREDICTOR, 1) != predictor:
                raise NotPlain(f"its compression or predictor is not the product's ({compress}, predictor {predictor})")
            if self.number(tags, SUBFILE) != (REDUCED if level else 0) or any(tags.get(tag) != full.get(tag) for tag in PIXELS):
                raise NotPlain("its overviews have another layout, or it has a mask")
            if (self.number(tags, WIDTH), self.number(tags, HEIGHT)) != (width, height):
                raise NotPlain("its overviews are not halves of each other")
            width, height = (width + 1) // 2, (height + 1) // 2
        if len(self.directories) != levels + 1:
            raise NotPlain(f"it has {len(self.directories) - 1} overviews instead of {levels}, or a mask")
        samples = self.number(full, SAMPLES, 1)
        self.block = BLOCK * BLOCK * samples * max(bits) // 8
        if samples > 1 and self.number(full, PLANAR, 1) != 1 or self.block > MOST_BLOCK:
            raise NotPlain("its bands are not interleaved by pixel")
        if b'name="SWATH_STATISTICS"' not in bytes(full.get(METADATA, b"")):
            raise NotPlain("it has no statistics")

    def require_blocks(self):
        """Every block of every level decodes to exactly its size; one without bytes is nodata."""
        for tags in self.directories:
            across, down = (-(-self.number(tags, tag) // BLOCK) for tag in (WIDTH, HEIGHT))
            offsets, counts = tags.get(OFFSETS, ()), tags.get(COUNTS, ())
            if not across * down == len(offsets) == len(counts):
                raise NotPlain("its list of blocks is not complete")
            compression = self.number(tags, COMPRESSION, 1)
            if compression not in (COMPRESSIONS["NONE"], COMPRESSIONS["DEFLATE"]):
                raise OtherCompression("its compression is known to GDAL alone")
            for offset, count in zip(offsets, counts):
                if offset or count:
                    if not 0 < count <= self.block + self.block // 8 + 1024:
                        raise NotPlain("a block has an impossible size")
                    self._decode(self._bytes(offset, count), compression)

    def _decode(self, data, compression):
        if compression == COMPRESSIONS["NONE"]:
            size, ended = len(data), True
        else:
            inflate = zlib.decompressobj()
            try:
                size = len(inflate.decompress(data, self.block + 1))
            except zlib.error as error:
                raise NotPlain(f"a block is damaged: {error}") from error
            ended = inflate.eof
        if size != self.block or not ended:
            raise NotPlain("a block has another size than its pixels")
