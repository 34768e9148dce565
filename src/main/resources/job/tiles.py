"""The tiles of a scene, each compared with its evidence, because a process that a job left behind may have changed it since."""
import csv
import hashlib
import json
import os
import stat
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor

Tile = namedtuple("Tile", "number path x y width height")  # an empty tile has no path


class BadTiles(Exception):
    """Tiles are not what their evidence says; these have to be made again, and then the assembly."""

    def __init__(self, numbers):
        self.numbers = numbers
        one = len(numbers) == 1
        super().__init__(f"{'tile' if one else 'tiles'} {listed(numbers)} {'is' if one else 'are'} not what the evidence says:"
                         " changed after the task had ended, damaged, or its evidence is lost")


class NotReady(Exception):
    """Tiles are missing, and may not have been made yet; the assembly can run again when they are there."""


class Unusable(Exception):
    """The product cannot be made; the message says why."""


class Tiles:
    """All tiles, which cover the scene, and what their evidence says. Threads may share it."""

    def __init__(self, path, folder, scene_folder, width, height, made):
        """Reads the evidence; no tile is opened yet. If `made`, all tiles were there when the assembly was queued: a tile without
        evidence is a bad tile, since waiting for the evidence would not bring it back."""
        self.folder, self.scene_folder = folder, scene_folder
        self.present = {entry.name for entry in os.scandir(folder)}  # one listing: 100,000 single look-ups take minutes
        self.outputs, self.found = {}, {}  # by number: what the evidence says of the file; the file's stat at its first opening
        rows, area = [], 0
        with open(path, newline="") as lines:
            for tile, *numbers, known in csv.reader(lines, delimiter="\t"):
                x, y, w, h = map(int, numbers)
                if x < 0 or y < 0 or w < 1 or h < 1 or x + w > width or y + h > height:
                    raise Unusable(f"tile {tile} is outside the scene of {width} x {height} pixels")
                area += w * h
                rows.append((tile, x, y, w, h, known))
        with ThreadPoolExecutor(threads()) as pool:
            found = list(pool.map(self.read, rows))
        missing = [row[0] for row, tile in zip(rows, found) if tile is None]
        self.all = [tile for tile in found if tile is not None]
        if missing and not made:
            raise NotReady(f"{len(missing)} of {len(rows)} tiles are missing in {folder}: {listed(missing)}")
        if missing:
            raise BadTiles(sorted(missing + self.different(), key=int))
        if area != width * height:
            raise Unusable(f"the tiles cover {area} pixels of a scene that has {width * height}")

    def read(self, row):
        """The tile of a row; None if the tile or its evidence is missing."""
        tile, x, y, w, h, known = row
        file = os.path.join(self.folder, tile + ".tif")
        if known == "empty":
            return Tile(tile, None, x, y, w, h)
        if not known:  # written by an earlier Swath, or by hand: there is nothing to compare with
            if tile + ".tif" in self.present:
                return Tile(tile, file, x, y, w, h)
            return Tile(tile, None, x, y, w, h) if tile + ".empty" in self.present else None
        evidence = read_evidence(os.path.join(self.scene_folder, known))
        if evidence.get("outcome") == "empty":
            return Tile(tile, None, x, y, w, h)
        if evidence.get("outcome") != "ok":
            return None
        output = evidence.get("output")
        self.outputs[tile] = output if isinstance(output, dict) else {}
        return Tile(tile, file, x, y, w, h)

    def open(self, tile):
        """The tile's file for reading; an OSError if its size is not that of the evidence."""
        file = open_regular(tile.path)
        found = os.fstat(file.fileno())
        self.found.setdefault(tile.number, found)
        if tile.number in self.outputs and found.st_size != self.outputs[tile.number].get("size"):
            file.close()
            raise OSError(f"{tile.path} has {found.st_size} bytes, and not as many as the evidence says")
        return file

    def remember_first(self):
        """Remembers what the first tile with pixels is, so that `check_unchanged` sees each later change."""
        first = next((tile for tile in self.all if tile.path), None)
        if first:
            try:
                self.open(first).close()
            except OSError as error:
                raise Unusable(str(error)) from error

    def matches(self, tile, sha256):
        return tile.number not in self.outputs or self.outputs[tile.number].get("sha256") == sha256

    def different(self):
        """The numbers of the tiles that are not what their evidence says."""
        with ThreadPoolExecutor(threads()) as pool:
            files = [tile for tile in self.all if tile.path]
            return [tile.number for tile, same in zip(files, pool.map(self.is_same, files)) if not same]

    def is_same(self, tile):
        digest = hashlib.sha256()
        try:
            with self.open(tile) as file:
                while tile.number in self.outputs and (block := file.read(1 << 20)):
                    digest.update(block)
        except OSError:
            return False
        return self.matches(tile, digest.hexdigest())

    def check_unchanged(self):
        """After the tiles were read. Nobody can set a file's ctime, so it shows every write since the first opening."""
        def identity(found):
            return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

        bad = []
        for tile in self.all:
            try:
                if tile.number in self.found and identity(os.lstat(tile.path)) != identity(self.found[tile.number]):
                    bad.append(tile.number)
            except OSError:
                bad.append(tile.number)
        if bad:
            raise BadTiles(bad)


def threads():
    return int(os.environ.get("GDAL_NUM_THREADS") or 1)


def listed(numbers):
    return ", ".join(numbers[:10]) + (", ..." if len(numbers) > 10 else "")


def open_regular(path):
    """A file for reading; an OSError if it is a link, a pipe or anything else: nobody waits for a pipe."""
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK))
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(f"{path} is not a regular file")
    return file


def read_evidence(path):
    """The evidence of a task; empty when it is missing or damaged."""
    try:
        with open_regular(path) as file:
            evidence = json.loads(file.read(65536))
    except (OSError, ValueError, RecursionError):
        return {}
    return evidence if isinstance(evidence, dict) else {}
