"""Checks what a task made and puts it in its place: check_output.py OUTPUT PLACE WINDOW WIDTH HEIGHT, run by job.sh.

WINDOW: `core` or `read`, whose size the output must have; `none`: any size; `file`: any file of at most WIDTH MiB.
SWATH_PROFILE says what the product needs of the last step's tile, and is empty for all else. Of such a tile every block of every
level is decoded, so that the assembly may copy blocks. A tile of another layout is converted, and so is one that is not as
swath_tile.py has left it. Prints SHA-256, size and the peak of its own memory in KiB. Exit codes: 0, or 1 with the reason why the output cannot be used, or 3 with what the node or storage lacks.

The output is hostile until it was checked: it is read with bounds, and from memory where it fits. GDAL and numpy, which take
longer to load than all else takes, are loaded only where they are needed: start it with `python3 -I -S`.
"""
import os
import stat
import sys
from _hashlib import openssl_sha256 as sha256  # hashlib loads much more

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from swath_plain_tiff import NotPlain, OtherCompression, PlainTiff, identity  # noqa: E402

IN_MEMORY = 64 << 20  # bytes: larger outputs are read in pieces


class Bad(Exception):
    """The output cannot be used; the message says why."""


class Content:
    """The bytes of a file. Nobody can change what is in memory; of a larger file, `unchanged` sees every later write."""

    def __init__(self, path):
        self.path, self.descriptor = path, None
        try:
            self.descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            self.found = os.fstat(self.descriptor)
        except OSError as error:
            if os.path.islink(path):
                raise Bad("the output is not a file") from error
            raise
        if not stat.S_ISREG(self.found.st_mode):
            raise Bad("the output is not a file")
        self.size = self.found.st_size
        self.bytes = self.read_file(0, self.size) if self.size <= IN_MEMORY else None

    def read_file(self, offset, size):
        pieces = []
        while size > 0:
            piece = os.pread(self.descriptor, size, offset)
            if not piece:
                break
            pieces.append(piece)
            offset, size = offset + len(piece), size - len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def read(self, offset, size):
        return self.read_file(offset, size) if self.bytes is None else self.bytes[offset:offset + size]

    def sha256(self):
        digest, piece = sha256(), 1 << 20
        for offset in range(0, self.size, piece):
            digest.update(self.read(offset, piece))
        return digest.hexdigest()

    def unchanged(self):
        now, found = os.fstat(self.descriptor), self.found
        return (now.st_size, now.st_mtime_ns, now.st_ctime_ns) == (found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def with_gdal():
    """Loads GDAL, from where Debian has it."""
    import site
    site.main()
    try:
        from osgeo import gdal
        import swath_layout as layout
    except ImportError as error:
        print(f"python3 has no GDAL (Debian: python3-gdal), or {os.path.dirname(__file__)} is not complete: {error}")
        sys.exit(3)
    gdal.UseExceptions()
    return gdal, layout


def require_size(found, window, expected):
    if window in ("core", "read") and found != expected:
        raise Bad("the output's size is {}, {}, expected {}, {} (the {} window)".format(*found, *expected, window))


def check(path, window, expected):
    """The content of a good output; converts a tile of the last step whose layout the assembly could not copy."""
    content = Content(path)
    if window == "file":
        if content.size > expected[0] << 20:
            raise Bad(f"the output has more than {expected[0]} MiB, and every tile would read it")
        return content
    needs = os.environ.get("SWATH_PROFILE")
    try:
        require_plain(content, needs, window, expected, from_script=True)
        return content
    except NotPlain as error:
        reason = error
    gdal, layout = with_gdal()
    try:
        if not needs or isinstance(reason, OtherCompression):
            layout.require_readable(content, expected if window in ("core", "read") else None, pixels=bool(needs))
            return content
        made = layout.convert(path, expected)
        if not made and layout.drop_statistics(path):
            content = Content(path)
        elif made:
            os.replace(made, path)
            content = Content(path)
            print(f"swath: the tile was converted for the assembly, because {reason}", file=sys.stderr)
            try:
                require_plain(content, needs, window, expected)
            except OtherCompression:
                layout.require_readable(content, expected, pixels=True)
    except layout.WrongSize as error:
        require_size(error.args[0], window, expected)
    except NotPlain as error:
        raise Bad(f"the output was changed while it was checked, or GDAL {gdal.__version__} writes what is not understood: {error}")
    except (RuntimeError, MemoryError, ValueError) as error:
        if any(word in str(error) for word in ("No space left", "quota exceeded", "Permission denied", "Read-only file system")):
            raise OSError(str(error)) from error
        raise Bad(f"GDAL cannot {'open' if isinstance(error, layout.NotOpened) else 'read'} the output: {error}") from error
    return content


def require_as_finished(found):
    """An error if the file is not as swath_tile.Tile has left it: its overviews and statistics may be of other pixels."""
    try:
        with open(os.path.join(os.environ.get("SWATH_SCRATCH", ""), ".tile"), "rb",
                  opener=lambda path, flags: os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)) as file:
            said = file.read(200)
    except OSError:  # swath_tile.py has left none
        said = b""
    if said != identity(found).encode():
        raise NotPlain("swath_tile.py did not write it, or it was changed afterwards")


def require_plain(content, needs, window, expected, from_script=False):
    """An error if GDAL has to look at the content."""
    tiff = PlainTiff(content)
    require_size((tiff.width, tiff.height), window, expected)
    if needs:
        tiff.require_layout(needs.split(" "), *(int(os.environ["SWATH_CORE_" + name]) for name in ("X", "Y")))
        if from_script:
            require_as_finished(content.found)
        tiff.require_blocks()
    else:
        tiff.require_inside()


def main(output, place, window, width, height):
    content = check(output, window, (int(width), int(height)))
    digest = content.sha256()
    os.fsync(content.descriptor)
    if content.bytes is None and not content.unchanged():
        raise Bad("the output was changed while it was checked: a process of the script goes on after its end")
    os.replace(output, place)
    import resource
    print(digest, content.size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Bad as error:
        print(error)
        sys.exit(1)
    except OSError as error:
        print(error)
        sys.exit(3)
    except Exception as error:  # of the output, which may be hostile, and not of the node
        print(f"the output cannot be understood: {error!r}")
        sys.exit(1)
