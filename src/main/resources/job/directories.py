"""Reads the directories of a tile's GeoTIFF, so that its compressed blocks can be copied.

A job wrote the file, so nothing in it is believed: every length has a bound, every block must lie inside the file, and
the blocks together are never larger than the file. What is not as the copying needs it raises NotCopyable with the reason.
"""
import xml.etree.ElementTree as ElementTree
from collections import namedtuple
from xml.sax.saxutils import unescape

import numpy as np

from swath_tiff import (BITS, BLOCK, BLOCK_HEIGHT, BLOCK_WIDTH, COMPRESSION, COUNTS, FILL_ORDER, FORMAT, HEIGHT, METADATA, NODATA,
                        OFFSETS, PLANAR, PREDICTOR, SAMPLES, SUBFILE, WIDTH, NotPlain, Tiff, ceiling)

MOST_BYTES = 1 << 20  # of the metadata; the length of the lists of blocks follows from the size in pixels
MOST_OTHER_BYTES = 1 << 16  # of any other value
MOST_COUNT = 0xFFFFFFFF  # bytes of a block: the product has its size in 32 bits
WHOLE = {3: "<u2", 4: "<u4", 16: "<u8"}
NEEDED = (SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, FILL_ORDER, SAMPLES, PLANAR, PREDICTOR, BLOCK_WIDTH, BLOCK_HEIGHT, OFFSETS,
          COUNTS, FORMAT, METADATA, NODATA)

# offsets and counts: of the blocks, as arrays of (rows, columns); both are 0 for a block that is not in the file
Directory = namedtuple("Directory", "width height tags offsets counts")


class NotCopyable(Exception):
    """The blocks of a tile cannot be copied; the message says why."""


def read(read_at, size, width, height, needed=NEEDED):
    """The directories of a file of `size` bytes: the image of these pixels, then its overviews, each half as large as the
    one before, rounded up. `read_at(offset, length)` gives bytes of the file; no more tags are read than are `needed`."""
    directories = []
    try:
        file = Tiff(read_at, size)
        for listed in file.directories():
            wanted = {tag: listed[tag] for tag in needed if tag in listed} if needed else listed
            directories.append(directory(file, wanted, width, height, bool(directories)))
            width, height = ceiling(width, 2), ceiling(height, 2)
    except NotPlain as error:
        raise NotCopyable(str(error)) from error
    if sum(int(found.counts.sum()) for found in directories) > size:
        raise NotCopyable("its blocks are larger than the file")
    return directories


def numbers(found):
    if found.kind not in WHOLE:
        raise NotCopyable("a value of a directory has a wrong type")
    return np.frombuffer(found.data, WHOLE[found.kind]).astype(np.int64)


def directory(file, listed, width, height, overview):
    size = file.size
    blocks = ceiling(width, BLOCK) * ceiling(height, BLOCK)
    most = {OFFSETS: 8 * blocks, COUNTS: 8 * blocks, METADATA: MOST_BYTES}
    tags = {tag: file.value(entry, most.get(tag, MOST_OTHER_BYTES)) for tag, entry in listed.items()}

    def one(tag, default=None):
        return int(numbers(tags[tag])[0]) if tag in tags and tags[tag].count else default

    if one(SUBFILE, 0) != (1 if overview else 0):
        raise NotCopyable("it holds more than an image and its overviews, a mask for example")
    if (one(WIDTH), one(HEIGHT)) != (width, height):
        raise NotCopyable(f"an image or overview in it has {one(WIDTH)} x {one(HEIGHT)} pixels instead of {width} x {height}")
    if (one(BLOCK_WIDTH), one(BLOCK_HEIGHT)) != (BLOCK, BLOCK):
        raise NotCopyable(f"its blocks are not {BLOCK} x {BLOCK} pixels")
    if one(PLANAR, 1) != 1 and one(SAMPLES, 1) != 1:
        raise NotCopyable("it keeps its bands apart (INTERLEAVE=BAND)")
    if OFFSETS not in tags or COUNTS not in tags:
        raise NotCopyable("a directory has no list of its blocks")
    offsets, counts = numbers(tags.pop(OFFSETS)), numbers(tags.pop(COUNTS))
    if len(offsets) != blocks or len(counts) != blocks:
        raise NotCopyable("a directory lists another number of blocks than its pixels need")
    present = counts != 0
    # GDAL leaves out blocks without data. A block's last four bytes are repeated in the product, so none may be shorter.
    if ((offsets != 0) != present).any() or (present & ((offsets < 8) | (counts < 4) | (counts > size) | (offsets > size - counts))).any():
        raise NotCopyable("a block is not inside the file")
    if (counts > MOST_COUNT).any():
        raise NotCopyable(f"a block has more than {MOST_COUNT} bytes")
    shape = ceiling(height, BLOCK), ceiling(width, BLOCK)
    return Directory(width, height, tags, offsets.reshape(shape), counts.reshape(shape))


def coding(found):
    """How a directory's blocks are coded: blocks of equal coding can be in one image."""
    default = {FILL_ORDER: [1], PREDICTOR: [1], FORMAT: [1], SAMPLES: [1]}
    samples = numbers(found.tags[SAMPLES])[0] if SAMPLES in found.tags else 1
    said = {}
    for tag in (BITS, COMPRESSION, FILL_ORDER, SAMPLES, PREDICTOR, FORMAT):
        given = list(numbers(found.tags[tag])) if tag in found.tags else default.get(tag, [])
        said[tag] = given * samples if tag == FORMAT and len(given) == 1 else given
    if said[COMPRESSION] == [32946]:
        said[COMPRESSION] = [8]  # DEFLATE has two numbers
    return said


def text(found, tag):
    """A value as text; None where there is none."""
    said = found.tags.get(tag)
    return said and said.data.rstrip(b"\0 ").decode("utf-8", "replace")


def metadata(found):
    """The dataset's items of GDAL's metadata, {name: text}; empty when there are none or when they are damaged."""
    said = text(found, METADATA)
    if not said or "<!" in said:  # GDAL writes no declarations, and entities could grow without end
        return {}
    try:
        items = ElementTree.fromstring(said)
    except ElementTree.ParseError:
        return {}
    # GDAL escapes the texts before they become XML.
    return {item.get("name"): unescape(item.text or "", {"&quot;": '"'}) for item in items.iter("Item")
            if item.get("sample") is None and item.get("domain") is None}
