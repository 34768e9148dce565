"""Whether a tile is laid out as the assembly needs it, and whether each of its blocks can be decoded, without GDAL.

The file may be hostile: all that is read has a bound. What is unusual is `NotPlain`, and left to GDAL.
"""
import zlib

from swath_tiff import (BITS, BLOCK, BLOCK_HEIGHT, BLOCK_WIDTH, COMPRESSION, COUNTS, FORMAT, HEIGHT, METADATA, MOST_BLOCK, NODATA,
                        OFFSETS, ONE_CELL, PLANAR, PREDICTOR, SAMPLES, SUBFILE, WIDTH, NotPlain, Tiff, levels)

MOST_VALUES = 128 << 20  # bytes of all tags: the lists of blocks of 1,000,000 x 1,000,000 pixels need 64 MiB
TYPES = {1: "B", 2: "B", 3: "H", 4: "I", 7: "B", 13: "I", 16: "Q", 18: "Q"}  # whole numbers, as struct(3) has them
COMPRESSIONS = {"NONE": 1, "LZW": 5, "DEFLATE": 8, "ZSTD": 50000}
KNOWN = (SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, SAMPLES, PLANAR, PREDICTOR, BLOCK_WIDTH, BLOCK_HEIGHT, OFFSETS, COUNTS,
         FORMAT, METADATA, NODATA)
PIXELS = (BITS, COMPRESSION, SAMPLES, PLANAR, PREDICTOR, FORMAT, NODATA)  # tags that all levels must have alike
REDUCED = 1  # of SUBFILE: an overview


def identity(found):
    """Of a file, from os.stat: every later write changes it."""
    return f"{found.st_ino} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"


class OtherCompression(NotPlain):
    """The layout is right, and GDAL can decode the blocks."""


class PlainTiff:
    """The directories of a file, the full size first: of each a dict of its tags' values."""

    def __init__(self, content):
        self.file, self.directories, values = Tiff(content.read, content.size), [], 0
        for entries in self.file.directories():
            tags = {}
            for tag in KNOWN:
                if tag in entries and entries[tag][0] in TYPES:
                    found = self.file.value(entries[tag], MOST_VALUES - values)
                    values += len(found.data)
                    tags[tag] = memoryview(found.data).cast(TYPES[found.kind])
            self.directories.append(tags)
        self.width, self.height = (self.number(self.directories[0], tag) for tag in (WIDTH, HEIGHT))
        if not self.width or not self.height:
            raise NotPlain("it has no pixels")

    @staticmethod
    def number(tags, tag, default=0):
        found = tags.get(tag, ())
        return found[0] if len(found) else default

    def require_layout(self, profile, x, y):
        """A tile that the assembly can copy: see swath_tile.Tile. `x` and `y`: where its core begins."""
        compress, resampling, most = profile[0], profile[1], int(profile[2])
        full = self.directories[0]
        kinds, bits = set(full.get(FORMAT, (1,))), set(full.get(BITS, (1,)))
        if len(kinds) != 1 or len(bits) != 1 or not bits <= {8, 16, 32, 64} or not kinds <= {1, 2, 3}:
            raise NotPlain("its type of pixels is unusual")
        predictor = 1 if compress == "NONE" else 3 if kinds == {3} else 2
        count = levels(x, y, most) if resampling in ONE_CELL else 0
        width, height = self.width, self.height
        for level, tags in enumerate(self.directories[:count + 1]):
            if (self.number(tags, BLOCK_WIDTH), self.number(tags, BLOCK_HEIGHT)) != (BLOCK, BLOCK):
                raise NotPlain(f"its blocks are not {BLOCK} x {BLOCK}")
            if self.number(tags, COMPRESSION, 1) != COMPRESSIONS[compress] or self.number(tags, PREDICTOR, 1) != predictor:
                raise NotPlain(f"its compression or predictor is not the product's ({compress}, predictor {predictor})")
            if self.number(tags, SUBFILE) != (REDUCED if level else 0) or any(tags.get(tag) != full.get(tag) for tag in PIXELS):
                raise NotPlain("its overviews have another layout, or it has a mask")
            if (self.number(tags, WIDTH), self.number(tags, HEIGHT)) != (width, height):
                raise NotPlain("its overviews are not halves of each other")
            width, height = (width + 1) // 2, (height + 1) // 2
        if len(self.directories) != count + 1:
            raise NotPlain(f"it has {len(self.directories) - 1} overviews instead of {count}, or a mask")
        samples = self.number(full, SAMPLES, 1)
        self.block = BLOCK * BLOCK * samples * max(bits) // 8
        if samples > 1 and self.number(full, PLANAR, 1) != 1 or self.block > MOST_BLOCK:
            raise NotPlain("its bands are not interleaved by pixel")
        if b'name="SWATH_STATISTICS"' not in bytes(full.get(METADATA, b"")):
            raise NotPlain("it has no statistics")

    def require_inside(self):
        """The lists of blocks of every level are complete, and all blocks lie inside the file; nothing is decoded."""
        for tags in self.directories:
            sides = [(self.number(tags, tag), self.number(tags, block)) for tag, block in ((WIDTH, BLOCK_WIDTH), (HEIGHT, BLOCK_HEIGHT))]
            if not all(side and block for side, block in sides) or self.number(tags, COMPRESSION, 1) not in COMPRESSIONS.values():
                raise NotPlain("its layout is unusual")
            (width, across), (height, down) = sides
            blocks = -(-width // across) * -(-height // down)
            blocks *= self.number(tags, SAMPLES, 1) if self.number(tags, PLANAR, 1) == 2 else 1
            offsets, counts = tags.get(OFFSETS, ()), tags.get(COUNTS, ())
            if not blocks == len(offsets) == len(counts):
                raise NotPlain("its list of blocks is not complete")
            if any(offset + count > self.file.size for offset, count in zip(offsets, counts)):
                raise NotPlain("parts of it lie outside the file")

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
                    self._decode(self.file.at(offset, count), compression)

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
