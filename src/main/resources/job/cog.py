"""Writes a Cloud Optimized GeoTIFF from blocks that are compressed already.

The layout is GDAL's (https://gdal.org/drivers/raster/cog.html, "File format details"): the header, a text that describes the
layout, the directories from the full size to the smallest overview, their lists of blocks, and then the blocks, of the
smallest overview first. Each block has its size before it and its last four bytes again behind it. A block without data has
no bytes; readers take it for nodata.
"""
import struct

import numpy as np

import swath_tiff as tiff

GHOST = (b"LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\nBLOCK_TRAILER=LAST_4_BYTES_REPEATED\n"
         b"KNOWN_INCOMPATIBLE_EDITION=NO\n ")  # the space: room for YES, which an editor writes that breaks the layout
# Of an overview: how its blocks are coded and shown. Everything else is said once, at the full size.
OVERVIEW_TAGS = (258, 259, 262, 277, 284, 317, 320, 322, 323, 338, 339, tiff.NODATA)
CLASSIC_END = 0xFFFFFFFF
LONG, LONG8 = 4, 16
PART = 8 << 20  # bytes that are written at once


def sizes(width, height):
    """The sizes in pixels of a product and its overviews: halved, rounded up, until an overview is one block."""
    found = [(width, height)]
    while max(found[-1]) > tiff.BLOCK:
        found.append(tuple(tiff.ceiling(side, 2) for side in found[-1]))
    return found


def header(levels, big):
    """The bytes before the blocks. `levels`: the tags of each directory with its lists of blocks, the full size first."""
    word, length, count_format, entry_format = (8, 20, "<Q", "<HHQ8s") if big else (4, 12, "<H", "<HHI4s")
    out = bytearray(b"II+\0\x08\0\0\0" + struct.pack("<Q", 200) if big else b"II*\0" + struct.pack("<I", 192))
    out += b"GDAL_STRUCTURAL_METADATA_SIZE=%06d bytes\n" % len(GHOST) + GHOST
    out += bytes(len(out) % 2)
    lists = []
    for number, tags in enumerate(levels):
        values_at = len(out) + struct.calcsize(count_format) + length * len(tags) + word
        directory, values = bytearray(struct.pack(count_format, len(tags))), bytearray()
        for tag in sorted(tags):
            kind, count, data = tags[tag]
            field = data.ljust(word, b"\0")
            if len(data) > word and tag in (tiff.OFFSETS, tiff.COUNTS):
                lists.append((len(out) + len(directory) + length - word, data))
                field = bytes(word)
            elif len(data) > word:
                field = (values_at + len(values)).to_bytes(word, "little")
                values += data + bytes(len(data) % 2)
            directory += struct.pack(entry_format, tag, kind, count, field)
        following = values_at + len(values) if number + 1 < len(levels) else 0
        out += directory + following.to_bytes(word, "little") + values
    for place, data in lists:
        out[place:place + word] = len(out).to_bytes(word, "little")
        out += data
    return bytes(out)


class Layout:
    """Where each block of a product goes."""

    def __init__(self, tags, width, height, counts):
        """`tags`: of the full size; `counts`: of each level, the bytes of its blocks as an array of (rows, columns)."""
        self.counts = counts
        data = sum(int(np.where(known, known + 8, 0).sum()) for known in counts)
        levels = [self.level_tags(tags, size, number) for number, size in enumerate(sizes(width, height))]
        for big in (False, True):
            self.offsets = [np.zeros_like(known) for known in counts]
            start = len(header(self.with_lists(levels, big), big))
            if start + data <= CLASSIC_END:
                break
        for number in reversed(range(len(counts))):
            taken = np.where(counts[number], counts[number] + 8, 0).ravel()
            ends = start + np.cumsum(taken)
            self.offsets[number] = np.where(taken, ends - taken + 4, 0).reshape(counts[number].shape)
            start = int(ends[-1])
        self.header, self.size = header(self.with_lists(levels, big), big), start

    @staticmethod
    def level_tags(tags, size, number):
        found = {tag: tags[tag] for tag in tags if not number or tag in OVERVIEW_TAGS}
        if number:
            found[tiff.SUBFILE] = tiff.Value(LONG, 1, struct.pack("<I", 1))
        for tag, side in zip((tiff.WIDTH, tiff.HEIGHT), size):
            found[tag] = tiff.Value(LONG, 1, struct.pack("<I", side))
        return found

    def with_lists(self, levels, big):
        kind, form = (LONG8, "<u8") if big else (LONG, "<u4")
        return [{**tags,
                 tiff.OFFSETS: tiff.Value(kind, offsets.size, offsets.astype(form).tobytes()),
                 tiff.COUNTS: tiff.Value(LONG, counts.size, counts.astype("<u4").tobytes())}
                for tags, offsets, counts in zip(levels, self.offsets, self.counts)]

    def copy(self, write_at, read_at, directory, level, column, row):
        """Copies the blocks of a directory to a level, the first of them to a row and column of blocks. Blocks that follow one
        another are written together, PART bytes at a time: a row of blocks of many bands would not fit into memory."""
        columns = directory.counts.shape[1]
        for number, (offsets, counts) in enumerate(zip(directory.offsets.tolist(), directory.counts.tolist())):
            parts, size, start = [], 0, 0
            places = self.offsets[level][row + number, column:column + columns].tolist()
            for offset, count, place in zip(offsets, counts, places):
                if count:
                    block = read_at(offset, count)
                    start = start if parts else place - 4
                    parts += [struct.pack("<I", count), block, block[-4:]]
                    size += count + 8
                    if size > PART:
                        write_at(b"".join(parts), start)
                        parts, size = [], 0
            if parts:
                write_at(b"".join(parts), start)


def same_blocks(one, other):
    """Whether two directories list the same blocks."""
    return np.array_equal(one.offsets, other.offsets) and np.array_equal(one.counts, other.counts)
