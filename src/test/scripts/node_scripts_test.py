#!/usr/bin/python3
"""Runs the scripts of the nodes: job.sh as Slurm runs it, the recipes' scripts and the assembly.

Plain unittest; needs GDAL's Python bindings, as the nodes do: /usr/bin/python3 node_scripts_test.py
"""
import hashlib
import itertools
import json
import os
import shlex
import shutil
import signal
import struct
import subprocess
import time
import unittest

import numpy as np
from osgeo import gdal, osr

from tasks import RECIPES, RESOURCES, ROOT, Tasks, checker_scene, grid

NDVI = os.path.join(RECIPES, "ndvi/ndvi.py")
TEXTURE = os.path.join(RECIPES, "texture/texture.py")
ROTATED = (500000.0, 8.0, 3.0, 5000000.0, 3.0, -8.0)


def expected_ndvi(red, nir):
    """The formula again, independent of the recipe's code."""
    r, n = red.astype(np.float64), nir.astype(np.float64)
    with np.errstate(all="ignore"):
        value = np.rint((n - r) / (n + r) * 10000)
    return np.where((red != 0) & (nir != 0), value, -32768).astype(np.int16)


def expected_texture(band, radius=7):
    height, width = band.shape
    mean, deviation = np.full(band.shape, -9999, np.float32), np.full(band.shape, -9999, np.float32)
    for y in range(height):
        for x in range(width):
            if band[y, x]:
                window = band[max(0, y - radius):y + radius + 1, max(0, x - radius):x + radius + 1]
                window = window[window != 0].astype(np.int64)
                n, s, q = window.size, int(window.sum()), int((window * window).sum())
                mean[y, x] = s / n
                deviation[y, x] = np.sqrt(float(n * q - s * s)) / n
    return mean, deviation


class NodeScripts(Tasks):
    # ---- the wrapper ---------------------------------------------------------------------------------------

    ONE = [(0, 0, 40, 30, 0, 0, 40, 30)]

    def small(self):
        self.scene(*checker_scene(40, 30))

    def test_evidence_has_what_a_task_used_and_its_output(self):
        self.small()
        batch = self.batch(NDVI, self.ONE)
        before = time.time()
        evidence = self.go(batch)
        output = self.path("tiles/ndvi/0.tif")
        with open(output, "rb") as file:
            content = file.read()
        self.assertEqual({"path": "tiles/ndvi/0.tif", "size": len(content),
                          "sha256": hashlib.sha256(content).hexdigest()}, evidence["output"])
        self.assertEqual(("ok", 0, "swath-t1", "S1", "ndvi", "0", 1, 0, "1001", "1000"), tuple(evidence[key] for key in (
            "outcome", "exit", "token", "scene", "step", "tile", "attempt", "index", "job", "array_job")))
        self.assertLess(10_000, evidence["peak_kib"])
        self.assertTrue(0.05 < evidence["cpu_s"] < 10 and 0.05 < evidence["wall_s"] < 20, evidence)
        self.assertTrue(before - 0.1 < evidence["start"] < evidence["end"] < time.time() + 0.1)
        self.assertEqual("1001", os.readlink(self.path("leases/ndvi.0.1")))

    HOLD = """
import os, time
held = bytearray(100 << 20)
held[::4096] = bytes([1]) * (len(held) // 4096)
end, seen = time.time() + 60, 0
while time.time() < end and seen < 300 << 10:  # until all three were seen
    time.sleep(0.02)
    try:
        seen = int(open(os.environ["SWATH_SCRATCH"] + "/.memory").read())
    except (FileNotFoundError, ValueError):
        pass
"""

    def test_the_peak_is_that_of_all_processes_that_live_at_the_same_time(self):
        self.small()
        batch = self.batch(f"""
            for i in 0 1 2; do (/usr/bin/python3 -c {shlex.quote(self.HOLD)} & wait) & done; wait
            : >"$SWATH_EMPTY" """, self.ONE)
        evidence = self.go(batch)
        self.assertEqual(("empty", "processes"), (evidence["outcome"], evidence["memory_source"]))
        self.assertTrue(300 * 1024 <= evidence["peak_kib"] < 400 * 1024, evidence)

    def test_the_watch_of_the_memory_makes_no_file_in_a_scratch_folder_that_is_being_removed(self):
        folder = self.path("watched")
        os.mkdir(folder)
        with open(folder + "/.memory", "w+") as file, subprocess.Popen(["/bin/sleep", "60"]) as process:
            os.remove(folder + "/.memory")
            watch = subprocess.Popen(["/bin/bash", "-c", f'exec /bin/bash {shlex.quote(RESOURCES)}/memory.sh {process.pid} /proc/self/fd/3'
                                      f" 3>&{file.fileno()}"], stdin=subprocess.PIPE, pass_fds=[file.fileno()])
            try:
                end = time.time() + 60
                while not os.fstat(file.fileno()).st_size and time.time() < end:
                    time.sleep(0.01)
                self.assertTrue(0 < int(file.read()) < 50 << 10)
                self.assertEqual([], os.listdir(folder))
            finally:
                process.kill()
                watch.stdin.close()
                watch.wait()

    @unittest.skipUnless(os.path.exists("/usr/bin/time"), "the script is too short for memory.sh")
    def test_the_memory_of_the_jobs_own_shells_counts_too(self):
        self.small()
        batch = self.batch("""
            read -r _ _ _ parent _ <"/proc/$PPID/stat" # $PPID is GNU time
            for pid in $parent $$; do read -rd '' text <"/proc/$pid/status"; [[ $text =~ VmRSS:[^0-9]*([0-9]+) ]]; echo "${BASH_REMATCH[1]}"; done >"$SWATH_WORK/resident"
            : >"$SWATH_EMPTY" """, self.ONE)
        evidence = self.go(batch)
        with open(self.path("resident")) as file:
            shell, script = map(int, file)
        # The shell of job.sh, and as much for that of memory.sh. A shell gets a little larger until the end.
        self.assertTrue(2 * shell + script <= evidence["peak_kib"] < 2 * shell + script + 2_000, (shell, script, evidence))

    def test_what_forked_processes_share_counts_once(self):
        self.small()
        batch = self.batch("""/usr/bin/python3 -c '
import os, time
held = bytearray(100 << 20)
held[::4096] = bytes([1]) * (len(held) // 4096)
for _ in range(3):
    if not os.fork():
        time.sleep(0.5)
        os._exit(0)
for _ in range(3): os.wait()'
            : >"$SWATH_EMPTY" """, self.ONE)
        evidence = self.go(batch)
        self.assertEqual("empty", evidence["outcome"])
        self.assertTrue(100 * 1024 < evidence["peak_kib"] < 180 * 1024, evidence)

    def test_the_peak_of_one_short_process_is_exact(self):
        self.small()
        hold = "held = bytearray(100 << 20); held[::4096] = bytes([1]) * (len(held) // 4096)"
        batch = self.batch(f"""
            for i in 0 1 2 3 4; do /usr/bin/python3 -c '{hold}'; done
            : >"$SWATH_EMPTY" """, self.ONE)
        evidence = self.go(batch)
        self.assertEqual("empty", evidence["outcome"])
        self.assertTrue(100 * 1024 < evidence["peak_kib"] < 140 * 1024, evidence)

    def test_a_script_gets_its_tile_in_the_environment(self):
        self.small()
        self.go(self.batch('gdal_translate -q "$SWATH_INPUT" "$SWATH_OUTPUT"', self.ONE, step="one", token="swath-t0"))
        with open(self.path("bands"), "w") as file:
            file.write("red,nir\n")
        batch = self.batch('env >"$SWATH_WORK/env"; pwd >"$SWATH_WORK/pwd"; : >"$SWATH_EMPTY"',
                           [(1, 2, 30, 20, 3, 4, 25, 15)], step="two", previous="one", made_by="swath-t0", attempt=3)
        self.assertEqual("empty", self.go(batch)["outcome"])
        with open(self.path("env")) as file:
            seen = dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)
        expected = {"SCENE": "S1", "RECIPE": "r", "STEP": "two", "TILE": "0", "ATTEMPT": "3", "X": "1", "Y": "2",
                    "WIDTH": "30", "HEIGHT": "20", "CORE_X": "3", "CORE_Y": "4", "CORE_WIDTH": "25",
                    "CORE_HEIGHT": "15", "INPUT": self.path("scene.vrt"), "BANDS": "red,nir", "PREVIOUS": self.path("tiles/one/0.tif"),
                    "WORK": self.work, "BATCH": batch}
        self.assertEqual(expected, {name: seen.get("SWATH_" + name) for name in expected})
        with open(self.path("pwd")) as file:
            self.assertEqual(seen["SWATH_SCRATCH"], file.read().strip())
        self.assertEqual(("1", "NO", "UTC"), (seen["OMP_NUM_THREADS"], seen["GDAL_PAM_ENABLED"], seen["TZ"]))
        self.assertTrue(seen["SWATH_OUTPUT"].startswith(self.path("tiles/two/.")))

    def test_an_empty_tile_is_a_success_without_an_output(self):
        self.scene(np.zeros((64, 64), np.uint16), np.zeros((64, 64), np.uint16))
        tiles = list(grid(64, 64, 64, 7))
        for step, script in (("ndvi", NDVI), ("texture", TEXTURE)):
            batch = self.batch(script, tiles, step=step, token="swath-" + step)
            evidence = self.go(batch)
            self.assertEqual(("empty", 0, None), (evidence["outcome"], evidence["exit"], evidence["output"]))
            self.assertEqual(["0.empty"], os.listdir(self.path("tiles", step)))
            self.assertEqual(0, os.path.getsize(self.path("tiles", step, "0.empty")))

    def test_a_tile_that_was_empty_in_the_step_before_is_empty_and_runs_no_script(self):
        self.small()
        self.go(self.batch(': >"$SWATH_EMPTY"', self.ONE, step="one", token="swath-t0"))
        batch = self.batch("exit 9", self.ONE, step="two", previous="one", made_by="swath-t0")
        self.assertEqual("empty", self.go(batch)["outcome"])
        self.assertTrue(os.path.exists(self.path("tiles/two/0.empty")))

    def test_a_step_reads_the_output_of_the_step_before(self):
        self.small()
        self.go(self.batch(NDVI, self.ONE))
        batch = self.batch('cp "$SWATH_PREVIOUS" "$SWATH_OUTPUT"', self.ONE, step="two", previous="ndvi", made_by="swath-t1", token="swath-t2")
        self.assertEqual("ok", self.go(batch)["outcome"])

    def test_the_evidence_of_a_failed_script_has_its_exit_code_and_its_last_line(self):
        self.small()
        batch = self.batch('echo \'no "model"\\weights\tä\' >&2; echo x >"$SWATH_OUTPUT"; exit 3', self.ONE)
        evidence = self.go(batch)
        self.assertEqual(("exit", 3, None), (evidence["outcome"], evidence["exit"], evidence["output"]))
        self.assertEqual("no 'model'/weights", evidence["detail"][:18])
        self.assertEqual([], os.listdir(self.path("tiles/ndvi")))

    def test_a_script_that_a_signal_ends_has_outcome_exit(self):
        self.small()
        evidence = self.go(self.batch("kill -9 $$", self.ONE))
        self.assertEqual(("exit", 137), (evidence["outcome"], evidence["exit"]))

    def damage(self):
        """Makes the scene's last block undecodable; returns the corner of its window."""
        path = os.path.join(self.folder, "scene.tif")
        source = gdal.Open(path)
        made = gdal.GetDriverByName("GTiff").CreateCopy(path + "2", source, options=[
            "TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128", "COMPRESS=DEFLATE"])
        made = source = None
        os.replace(path + "2", path)
        x, y = (self.width - 1) // 128, (self.height - 1) // 128
        with open(path, "r+b") as file:
            made = gdal.Open(path)
            offset = made.GetRasterBand(1).GetMetadataItem(f"BLOCK_OFFSET_{x}_{y}", "TIFF")
            made = None
            file.seek(int(offset))
            file.write(b"not deflated")
        return x * 128, y * 128

    def rectified(self, width, height, nodata=0):
        """What Java writes for a scene with RPC that is put onto a map: ortho.json and map.vrt."""
        transform = [736800.0, 5.0, 0.0, 3854200.0, 0.0, -5.0]
        band = {"type": "UInt16", "nodata": str(nodata), "sourceType": "UInt16", "sourceNodata": str(nodata), "resampling": "CUBIC"}
        with open(self.path("ortho.json"), "w") as file:
            json.dump({"method": "RPC", "heightMetres": 110.0, "dem": "", "geoid": "", "srs": "EPSG:32649", "transform": transform,
                       "width": width, "height": height, "tolerance": 0, "type": "UInt16", "bands": [band, band]}, file)
        bands = "".join(f"""<VRTRasterBand dataType="UInt16" band="{number}"><NoDataValue>{nodata}</NoDataValue><SimpleSource>
            <SourceFilename relativeToVRT="0">GTIFF_DIR:1:{self.work}/tiles/ortho/{{TILE}}.tif</SourceFilename><SourceBand>{number}</SourceBand>
            <SourceProperties RasterXSize="{{WIDTH}}" RasterYSize="{{HEIGHT}}" DataType="UInt16" BlockXSize="512" BlockYSize="512"/>
            <SrcRect xOff="0" yOff="0" xSize="{{WIDTH}}" ySize="{{HEIGHT}}"/>
            <DstRect xOff="{{X}}" yOff="{{Y}}" xSize="{{WIDTH}}" ySize="{{HEIGHT}}"/></SimpleSource></VRTRasterBand>""" for number in (1, 2))
        with open(self.path("map.vrt"), "w") as file:
            file.write(f"""<VRTDataset rasterXSize="{width}" rasterYSize="{height}"><SRS>EPSG:32649</SRS>
                <GeoTransform>{", ".join(map(str, transform))}</GeoTransform>{bands}</VRTDataset>""")
        self.width, self.height = width, height

    def test_a_scene_that_is_put_onto_a_map_goes_through_steps_and_assembly_as_one_on_a_map_without_seams(self):
        zeros = " 0" * 16
        self.scene(*checker_scene(300, 260), transform=None, rpc={
            "LINE_OFF": "129.5", "SAMP_OFF": "149.5", "LAT_OFF": "34.8", "LONG_OFF": "113.6", "HEIGHT_OFF": "110", "LINE_SCALE": "130",
            "SAMP_SCALE": "150", "LAT_SCALE": "0.01", "LONG_SCALE": "0.012", "HEIGHT_SCALE": "500",
            "LINE_NUM_COEFF": "0 -0.2 -1 0" + zeros, "LINE_DEN_COEFF": "1 0 0 0" + zeros,
            "SAMP_NUM_COEFF": "0 1 -0.2 0" + zeros, "SAMP_DEN_COEFF": "1 0 0 0" + zeros})
        self.rectified(420, 390)
        whole, tiles = [(0, 0, 420, 390) * 2], list(grid(420, 390, 220, 7))
        script = os.path.join(RECIPES, "texture", "texture.py")
        products = []
        for number, cut in enumerate((whole, tiles)):
            shutil.rmtree(self.path("tiles"), ignore_errors=True)
            ortho = self.batch(os.path.join(RESOURCES, "ortho.py"), cut, step="ortho", window="read", token=f"swath-o{number}", attempt=number)
            self.run_all(ortho, cut)
            step = self.batch(script, cut, step="texture", previous="ortho", made_by=f"swath-o{number}", token=f"swath-s{number}", attempt=number)
            self.run_all(step, cut)
            products.append(self.stitch(cut, 2, "texture", -9999.0))
        self.assertGreater((products[0] != -9999).sum(), 50_000)
        np.testing.assert_array_equal(products[0], products[1])
        evidence, product, _ = self.assemble("texture", tiles)
        self.assertEqual("ok", evidence["outcome"], evidence)
        self.assertEqual(32649, product["epsg"])

    def test_the_first_step_of_a_recipe_has_no_step_before_it_also_after_ortho(self):
        self.scene(*checker_scene(64, 64))
        self.rectified(64, 64)
        self.go(self.batch('gdal_translate -q -srcwin 0 0 20 30 "$SWATH_INPUT" "$SWATH_OUTPUT"', [(8, 9, 20, 30) * 2], step="ortho",
                           window="read", token="swath-t0"))
        batch = self.batch('echo "[$SWATH_PREVIOUS]$(gdalinfo "$SWATH_INPUT" | grep "Size is")" >"$SWATH_NOTE"; : >"$SWATH_EMPTY"',
                           [(8, 9, 20, 30) * 2], previous="ortho", made_by="swath-t0")
        self.assertEqual("[]Size is 64, 64", self.go(batch)["note"])

    def test_damage_in_the_pixels_that_a_tile_of_the_map_shows_is_unreadable(self):
        self.scene(*checker_scene(64, 64))
        self.rectified(64, 64)
        path = os.path.join(self.folder, "scene.tif")
        with open(path, "r+b") as file:
            file.truncate(os.path.getsize(path) // 3)
        batch = self.batch('echo 3 4 50 50 >"$SWATH_SCRATCH/.window"; exit 1', [(8, 9, 20, 30) * 2], step="ortho", window="read")
        evidence = self.go(batch)
        self.assertEqual("unreadable", evidence["outcome"])
        self.assertIn("at 3,4", evidence["detail"])

    def test_unreadable_pixels_are_unreadable_and_a_failing_script_is_an_exit(self):
        self.scene(*checker_scene(200, 150))
        left, top = self.damage()
        whole, broken = (0, 0, 128, 128, 0, 0, 128, 128), (left, top, 72, 22, left, top, 72, 22)
        batch = self.batch(NDVI, [whole, broken])
        self.assertEqual("ok", self.go(batch, 0)["outcome"])
        evidence = self.go(batch, 1)
        self.assertEqual(("unreadable", 1), (evidence["outcome"], evidence["exit"]))
        for word in ("the scene's own pixels cannot be read at 128,128", "ERROR", "S1", "from its source again"):
            self.assertIn(word, evidence["detail"])
        failing = self.batch("exit 3", [whole, broken], token="swath-t2", attempt=2)
        self.assertEqual(["exit", "unreadable"], [self.go(failing, index)["outcome"] for index in (0, 1)])

    COPY = ('gdal_translate -q -srcwin $SWATH_CORE_X $SWATH_CORE_Y $SWATH_CORE_WIDTH $SWATH_CORE_HEIGHT "$SWATH_INPUT" "$SWATH_OUTPUT"')

    def coded(self, options, broken):
        """A scene of two blocks with a compression, the second one damaged so that GDAL only warns; its two tiles."""
        path = os.path.join(self.folder, "scene.tif")
        kind = gdal.GetDriverByName("GTiff")
        made = kind.Create(path, 256, 128, 1, gdal.GDT_Byte, ["TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128", *options])
        y, x = np.mgrid[0:128, 0:256]
        made.GetRasterBand(1).WriteArray(((x // 9 + y // 5) % 2 if "NBITS=1" in options else (x * 3 + y) % 251).astype(np.uint8))
        made = None
        made = gdal.Open(path)
        at, size = (int(made.GetRasterBand(1).GetMetadataItem(f"BLOCK_{name}_1_0", "TIFF")) for name in ("OFFSET", "SIZE"))
        gdal.GetDriverByName("VRT").CreateCopy(self.path("scene.vrt"), made).FlushCache()
        made = None
        self.width, self.height = 256, 128
        if broken:
            with open(path, "r+b") as file:
                file.seek(at + size // 2)
                file.write(broken)
        self.plan_sources(path)
        return [(x, 0, 128, 128, x, 0, 128, 128) for x in (0, 128)]

    def test_damage_that_gdal_only_warns_of_is_unreadable_whatever_the_script_does(self):
        for number, (options, broken) in enumerate((
                (["COMPRESS=JPEG", "JPEG_QUALITY=90"], bytes([255, 0xD9]) * 20), (["COMPRESS=CCITTFAX4", "NBITS=1"], bytes(range(40))))):
            tiles = self.coded(options, broken)
            for run, script in enumerate((self.COPY, self.COPY + " 2>/dev/null")):
                batch = self.batch(script, tiles, step="cut", token=f"swath-t{number}{run}", attempt=10 * number + run)
                self.assertEqual("ok", self.go(batch, 0)["outcome"], self.log(batch))
                evidence = self.go(batch, 1)
                self.assertEqual(("unreadable", 1), (evidence["outcome"], evidence["exit"]), self.log(batch, 1))
                self.assertRegex(evidence["detail"], r"^the scene's own pixels are damaged at 128,0: (Warning|ERROR) \d+: .*\. "
                                 "S1 is damaged: get the file from its source again, and send that$")
                self.assertRegex(self.log(batch, 1), r"(Warning|ERROR) \d+: ")

    def test_a_warning_about_something_else_than_the_pixels_is_no_damage(self):
        tiles = self.coded(["COMPRESS=DEFLATE"], b"")
        other = os.path.join(self.folder, "other.tif")
        shutil.copy(os.path.join(self.folder, "scene.tif"), other)
        with open(other, "r+b") as file:
            file.truncate(os.path.getsize(other) - 60)
        batch = self.batch(f'gdalinfo -checksum {shlex.quote(other)} >&2; {self.COPY}', tiles, step="cut")
        self.assertEqual("ok", self.go(batch, 0)["outcome"], self.log(batch))
        self.assertIn("ERROR 1", self.log(batch))

    def test_what_gdal_reports_when_it_opens_the_scene_is_no_damage_of_pixels(self):
        tiles = self.coded(["COMPRESS=DEFLATE"], b"")
        path = os.path.join(self.folder, "scene.tif")
        made = gdal.Open(path, gdal.GA_Update)
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(32633)
        made.SetSpatialRef(reference)
        made.SetGeoTransform((500000, 10, 0, 5000000, 0, -10))
        made = None
        with open(path, "r+b") as file:  # the list of geographic keys gets one number instead of its 30 or so
            content = file.read()
            at = content.rindex(struct.pack("<HH", 34735, 3))
            file.seek(at + 4)
            file.write(struct.pack("<I", 1))
        gdal.GetDriverByName("VRT").CreateCopy(self.path("scene.vrt"), gdal.Open("GTIFF_DIR:1:" + path)).FlushCache()
        self.plan_sources(path)
        batch = self.batch(self.COPY, tiles, step="cut")
        self.assertEqual("ok", self.go(batch, 0)["outcome"], self.log(batch))
        self.assertIn("Warning 1: GTIFF_DIR:1:" + path, self.log(batch))

    def test_what_gdal_reports_is_in_the_log_and_is_the_reason_when_the_script_says_nothing(self):
        self.small()
        batch = self.batch('gdal_translate -q /nowhere/x.tif "$SWATH_OUTPUT" || exit 4', self.ONE)
        evidence = self.go(batch)
        self.assertIn("ERROR 4", evidence["detail"])
        self.assertIn("ERROR 4", self.log(batch))

    # ---- the files that were planned -----------------------------------------------------------------------

    def plan_sources(self, *paths, changed=True):
        """Writes the list of the scene's files as Swath does."""
        with open(self.path("sources"), "wb") as file:
            for path in paths:
                found = os.stat(path)
                times = ["%d.%09d" % divmod(time, 10**9) for time in (found.st_mtime_ns, found.st_ctime_ns)]
                file.write(f"{found.st_size} {times[0]} {times[1] if changed else '-'} {path}".encode() + b"\0")

    def test_a_scene_whose_files_are_as_planned_is_processed(self):
        self.small()
        other = os.path.join(self.folder, "a\n b'$(touch x) .tif")  # a name with everything
        shutil.copy(os.path.join(self.folder, "scene.tif"), other)
        self.plan_sources(os.path.join(self.folder, "scene.tif"), other)
        self.assertEqual("ok", self.go(self.batch(NDVI, self.ONE))["outcome"])

    def test_files_that_several_scenes_share_may_get_and_lose_names(self):
        self.small()
        own = os.path.join(self.folder, "scenes", "S1")
        os.makedirs(own)
        path = os.path.join(own, "S1.tif")
        shutil.copy(os.path.join(self.folder, "scene.tif"), path)
        self.plan_sources(path)
        os.link(path, path + ".other")
        os.remove(path + ".other")
        evidence = self.go(self.batch(NDVI, self.ONE, token="swath-t2"))
        self.assertIn("time was set back", evidence["detail"])
        with open(os.path.join(own, ".shared"), "w"):
            pass
        self.assertEqual("ok", self.go(self.batch(NDVI, self.ONE, token="swath-t3", attempt=2))["outcome"])
        with open(path, "ab") as file:
            file.write(b"x")
        evidence = self.go(self.batch(NDVI, self.ONE, token="swath-t4", attempt=3))
        self.assertIn("bytes instead of", evidence["detail"])

    def test_a_file_that_is_not_as_planned_is_not_read(self):
        def grown(path):
            with open(path, "ab") as file:
                file.write(b"x")

        def written_in_place(path):
            with open(path, "r+b") as file:
                file.write(b"I")
            os.utime(path, ns=(1, 1))

        def written_with_the_time_set_back(path):
            found = os.stat(path)
            with open(path, "r+b") as file:
                file.seek(-1, os.SEEK_END)
                file.write(b"x")
            os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))

        def replaced_by_a_copy_of_the_same_time(path):
            shutil.copy2(path, path + ".copy")
            os.replace(path + ".copy", path)

        def removed(path):
            os.remove(path)

        def a_link(path):
            os.rename(path, path + ".away")
            os.symlink(path + ".away", path)

        def a_pipe(path):
            os.remove(path)
            os.mkfifo(path)

        for number, (change, what) in enumerate((
                (grown, "bytes instead of"), (written_in_place, "it was written to"),
                (written_with_the_time_set_back, "time was set back"),
                (replaced_by_a_copy_of_the_same_time, "time was set back"), (removed, "it is gone"),
                (a_link, "not a file any more"), (a_pipe, "not a file any more"))):
            with self.subTest(change.__name__):
                self.small()
                path = os.path.join(self.folder, "scene.tif")
                self.plan_sources(path)
                change(path)
                batch = self.batch('touch "$SWATH_WORK/started"; ' + NDVI, self.ONE, token=f"swath-{number}", attempt=number)
                evidence = self.go(batch)
                self.assertEqual(("input-changed", 65), (evidence["outcome"], evidence["exit"]))
                self.assertIn("scene.tif changed after it was accepted", evidence["detail"])
                self.assertIn(what, evidence["detail"])
                self.assertFalse(os.path.exists(self.path("started")))
                if os.path.lexists(path):
                    os.remove(path)

    def test_a_changed_terrain_model_is_not_taken_for_a_file_of_the_scene(self):
        self.small()
        dem = os.path.join(self.folder, "dem.tif")
        open(dem, "w").close()
        self.plan_sources(dem)
        with open(self.path("ortho.json"), "w") as file:
            json.dump({"dem": dem, "geoid": ""}, file)
        with open(dem, "w") as file:
            file.write("another")
        evidence = self.go(self.batch("exit 9", self.ONE))
        self.assertEqual("input-changed", evidence["outcome"])
        self.assertRegex(evidence["detail"], "^the terrain's file dem.tif changed after the scene was planned: it has 7 bytes instead of 0. "
                         "./swath retry S1 plans the scene with the file as it is then$")

    def test_a_file_that_the_jobs_may_not_read_is_neither_damaged_nor_changed(self):
        self.small()
        path = os.path.join(self.folder, "scene.tif")
        os.chmod(path, 0)
        self.plan_sources(path)
        batch = self.batch(NDVI, self.ONE)
        user = None
        if os.geteuid() == 0:
            user = 65534
            for top, folders, files in os.walk(self.folder):
                os.chmod(top, 0o777)
                for name in files:
                    if os.path.join(top, name) != path:
                        os.chmod(os.path.join(top, name), 0o777)
        self.assertEqual(74, self.start(batch, **({"user": user} if user else {})).wait(60), self.log(batch))
        self.assertIn("may not read " + path, self.log(batch))
        self.assertEqual([], os.listdir(os.path.join(batch, "evidence")))

    def test_a_file_that_cannot_be_looked_at_is_not_gone(self):
        self.small()
        path = os.path.join(self.folder, "scene.tif")
        self.plan_sources(path)
        with open(self.path("sources"), "rb") as file:
            line = file.read()
        with open(self.path("sources"), "wb") as file:  # a name that is too long: stat fails, and not because it is gone
            file.write(line.replace(b"scene.tif", b"x" * 300))
        batch = self.batch(NDVI, self.ONE)
        self.assertEqual(74, self.start(batch).wait(60), self.log(batch))
        self.assertIn("File name too long", self.log(batch))

    def test_what_a_script_made_of_a_file_that_changed_meanwhile_does_not_count(self):
        for number, end in enumerate(("exit 0", "exit 3")):
            self.small()
            path = os.path.join(self.folder, "scene.tif")
            self.plan_sources(path)
            batch = self.batch(f"cp {shlex.quote(path)} \"$SWATH_OUTPUT\"; echo x >>{shlex.quote(path)}; {end}", self.ONE,
                               token=f"swath-{number}", attempt=number)
            self.assertEqual("input-changed", self.go(batch)["outcome"])
            self.assertEqual([], os.listdir(self.path("tiles/ndvi")))

    def test_a_backup_by_hard_links_during_the_work_is_no_change(self):
        self.small()
        path = os.path.join(self.folder, "scene.tif")
        self.plan_sources(path)
        batch = self.batch(NDVI + f"; ln {shlex.quote(path)} {shlex.quote(path + '.backup')}", self.ONE)
        self.assertEqual("ok", self.go(batch)["outcome"])
        self.assertEqual(2, os.stat(path).st_nlink)

    def test_a_file_with_several_names_may_lose_one_and_a_mount_may_show_fewer_decimals(self):
        self.small()
        path = os.path.join(self.folder, "scene.tif")
        os.link(path, path + ".other")
        self.plan_sources(path, changed=False)
        os.remove(path + ".other")
        self.assertEqual("ok", self.go(self.batch(NDVI, self.ONE))["outcome"])
        os.utime(path, ns=(1_800_000_000_123_456_789,) * 2)
        self.plan_sources(path, changed=False)
        os.utime(path, ns=(1_800_000_000_123_456_000,) * 2)
        self.assertEqual("ok", self.go(self.batch(NDVI, self.ONE, attempt=2))["outcome"])
        os.utime(path, ns=(1_800_000_000_123_455_000,) * 2)
        self.assertEqual("input-changed", self.go(self.batch(NDVI, self.ONE, attempt=3))["outcome"])

    def test_a_script_on_a_full_disk_ends_with_73_and_writes_no_evidence(self):
        self.small()
        for number, words in enumerate(("No space left on device", "OSError: [Errno 122] Disk quota exceeded")):
            batch = self.batch(f"echo '{words}' >&2; exit 1", self.ONE, attempt=number)
            self.assertEqual(73, self.start(batch).wait(60))
            self.assertEqual([], os.listdir(os.path.join(batch, "evidence")))
            self.assert_tidy()

    @unittest.skipUnless(os.geteuid() == 0, "mounting a small disk needs root")
    def test_a_full_storage_ends_with_73_and_leaves_no_part_of_a_file(self):
        mount = os.path.join(self.folder, "work")
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount]).returncode:
            self.skipTest("no disk can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", mount], check=True)
        os.makedirs(self.work)
        self.small()
        batch = self.batch('dd if=/dev/zero of="$SWATH_OUTPUT" bs=4096 count=500 2>/dev/null; exit 1', self.ONE)
        self.assertEqual(73, self.start(batch).wait(60))
        self.assertEqual([], os.listdir(os.path.join(batch, "evidence")))
        self.assertEqual([], os.listdir(self.path("tiles/ndvi")))

    def test_what_a_script_made_that_ends_at_once_is_found(self):
        self.small()
        for number in range(60):  # a signal to a shell that has just been forked ran the trap that removes the scratch folder
            evidence = self.go(self.batch(': >"$SWATH_EMPTY"', self.ONE, attempt=number))
            self.assertEqual("empty", evidence["outcome"])

    def test_a_script_that_prints_a_fault_of_a_writable_storage_has_failed_itself(self):
        self.small()
        for number, words in enumerate(("OSError: [Errno 30] Read-only file system", "Stale file handle")):
            evidence = self.go(self.batch(f"echo '{words}' >&2; exit 1", self.ONE, attempt=number))
            self.assertEqual(("exit", words), (evidence["outcome"], evidence["detail"]))

    def test_a_script_that_damages_the_folders_of_its_scene_has_failed_itself(self):
        self.small()
        good = 'cp "$SWATH_INPUT" "$SWATH_OUTPUT"; '
        for number, attack in enumerate((
                'rm -rf "$SWATH_BATCH/evidence"', 'mkdir "$SWATH_BATCH/evidence/0.json"',
                'rm -rf "$SWATH_BATCH/evidence"; ln -s /tmp "$SWATH_BATCH/evidence"',
                'rm -rf "$SWATH_WORK/leases"; rm -rf "$SWATH_BATCH/evidence"')):
            for ending in ("exit 3", "exit 74", "exit 0"):
                token = f"swath-d{number}-{ending[-1]}"
                batch = self.batch(f"{attack}; {ending}", self.ONE, token=token, attempt=10 * number + int(ending[-1]))
                self.assertEqual(65, self.start(batch).wait(60), attack)
                with open(os.path.join(batch, "logs", "0.log")) as log:
                    self.assertIn("a script has damaged the folders of its scene", log.read())

    def test_folders_that_another_script_damaged_before_the_task_began_are_no_fault_of_the_node(self):
        self.small()

        def lease_is_a_folder(batch, number):
            os.makedirs(self.path("leases", f"ndvi.0.{number}", "x"))

        def evidence_is_a_pipe(batch, _):
            os.rmdir(os.path.join(batch, "evidence"))
            os.mkfifo(os.path.join(batch, "evidence"))

        def table_is_a_pipe(batch, _):
            os.remove(os.path.join(batch, "tiles.tsv"))
            os.mkfifo(os.path.join(batch, "tiles.tsv"))

        def batch_is_a_link(batch, _):
            os.rename(batch, batch + ".moved")
            os.symlink(batch + ".moved", batch)

        def tiles_are_a_file(batch, _):
            shutil.rmtree(self.path("tiles"), ignore_errors=True)
            with open(self.path("tiles"), "w"):
                pass

        for number, damage in enumerate((lease_is_a_folder, evidence_is_a_pipe, table_is_a_pipe, batch_is_a_link,
                                         tiles_are_a_file)):
            with self.subTest(damage.__name__):
                batch = self.batch('cp "$SWATH_INPUT" "$SWATH_OUTPUT"', self.ONE, token=f"swath-b{number}",
                                   attempt=number)
                damage(batch, number)
                if damage is batch_is_a_link:  # nor may the task make anything of its own behind the link
                    os.rmdir(os.path.join(batch, "evidence"))
                    os.mkfifo(os.path.join(batch, "evidence"))
                self.assertEqual(65, self.start(batch).wait(60))
                self.assertIn("a script has damaged the folders of its scene", self.log(batch))

    @unittest.skipUnless(os.geteuid() == 0, "running a job as another user needs root")
    def test_a_script_of_another_user_that_damages_the_folders_of_its_scene_has_failed_itself(self):
        jobs = 64002
        os.chmod(self.folder, 0o755)
        os.chown(self.scratch, jobs, jobs)
        self.small()
        for number, (attack, ending) in enumerate(itertools.product(
                ('mkdir "$SWATH_BATCH/evidence/0.json"', 'mkdir "$SWATH_WORK/tiles/ndvi/0.tif"'), (0, 3, 74))):
            batch = self.batch(f"{attack}; exit {ending}", self.ONE, token=f"swath-u{number}", attempt=number)
            shared = [os.path.join(batch, "logs"), os.path.join(batch, "evidence"), self.path("leases"),
                      self.path("tiles", "ndvi")]
            for path in shared:  # as Swath makes them: jobs write in these, and read the rest
                shutil.rmtree(path, ignore_errors=True)
                os.makedirs(path)
            for path, _, files in os.walk(os.path.dirname(self.work)):
                for name in [path] + [os.path.join(path, file) for file in files]:
                    os.chown(name, 0, jobs)
                os.chmod(path, 0o2770 if path in shared else 0o2750)
            task = self.start(batch, user=jobs, group=jobs, extra_groups=[])
            self.assertEqual(65, task.wait(60), attack + self.log(batch))
            self.assertIn("a script has damaged the folders of its scene", self.log(batch))

    def test_a_script_that_exits_with_a_code_of_the_job_script_is_not_taken_for_it(self):
        self.small()
        for code in (65, 73, 74, 75, 76, 143):
            batch = self.batch(f"exit {code}", self.ONE, attempt=code)
            self.assertEqual(1, self.start(batch).wait(60), code)
            evidence = self.evidence(batch)
            self.assertEqual(("exit", code), (evidence["outcome"], evidence["exit"]))

    def test_a_node_without_the_interpreter_of_the_script_ends_with_74(self):
        self.small()
        batch = self.batch("exit 0", self.ONE)
        run = os.path.join(batch, "bin", "run.sh")
        for number, line in enumerate(("#!/opt/nowhere/python3", "#!/usr/bin/env nowhere-python3",
                                       "#!/usr/bin/env -S A=b nowhere-python3 -u")):
            with open(run, "w") as file:
                file.write(line + "\n")
            batch = self.batch(run, self.ONE, attempt=number)
            self.assertEqual(74, self.start(batch).wait(60), line)
            self.assertEqual([], os.listdir(os.path.join(batch, "evidence")))
        evidence = self.go(self.batch("nowhere-command", self.ONE, attempt=9))
        self.assertEqual(("exit", 127), (evidence["outcome"], evidence["exit"]), "a command that the script lacks")

    @unittest.skipUnless(os.geteuid() == 0, "mounting a small disk needs root")
    def test_a_scratch_folder_that_the_script_has_filled_is_no_fault_of_the_node(self):
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", self.scratch]).returncode:
            self.skipTest("no disk can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", self.scratch], check=True)
        self.small()
        evidence = self.go(self.batch('dd if=/dev/zero of="$SWATH_SCRATCH/big" bs=4096 count=500; exit 1', self.ONE))
        self.assertEqual(("exit", 1), (evidence["outcome"], evidence["exit"]))
        self.assertIn("the script has filled the scratch folder", evidence["detail"])

    def test_a_gpu_out_of_memory_has_an_outcome_of_its_own(self):
        self.small()
        for number, (words, outcome) in enumerate((
                ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB", "gpu-out-of-memory"),
                ("cupy.cuda.memory.OutOfMemoryError: Out of memory allocating 1 bytes", "gpu-out-of-memory"),
                ("java.lang.OutOfMemoryError: Java heap space", "exit"))):
            evidence = self.go(self.batch(f"echo '{words}' >&2; exit 1", self.ONE, attempt=number))
            self.assertEqual((outcome, 1), (evidence["outcome"], evidence["exit"]))

    def test_a_missing_or_damaged_output_is_a_bad_output(self):
        self.small()
        for number, script in enumerate(("true", ': >"$SWATH_OUTPUT"', 'echo "not a raster" >"$SWATH_OUTPUT"',
                                         'echo "<VRTDataset rasterXSize=\'40\' rasterYSize=\'30\'/>" >"$SWATH_OUTPUT"')):
            evidence = self.go(self.batch(script, self.ONE, attempt=number))
            self.assertEqual(("bad-output", 65, None), (evidence["outcome"], evidence["exit"], evidence["output"]), script)
            self.assertTrue(evidence["detail"])
        self.assertEqual([], os.listdir(self.path("tiles/ndvi")))

    def test_what_the_checker_lacks_is_no_fault_of_the_output(self):
        self.small()
        programs = os.path.join(self.folder, "programs")
        for number, (missing, code) in enumerate(((None, 0), ("swath_layout.py", 74), ("swath_tiff.py", 74), ("check_output.py", 74))):
            shutil.rmtree(programs, ignore_errors=True)
            shutil.copytree(RESOURCES, programs, ignore=lambda folder, names: [missing])
            batch = self.batch('gdal_translate -q "$SWATH_INPUT" "$SWATH_OUTPUT"', self.ONE, attempt=number, token=f"swath-p{number}")
            self.with_programs(batch, programs)
            self.assertEqual(code, self.start(batch).wait(60), self.log(batch))
            self.assertEqual([] if code else ["0.json"], os.listdir(os.path.join(batch, "evidence")))

    def test_a_checker_that_is_ended_by_a_signal_or_crashes(self):
        self.small()
        programs = os.path.join(self.folder, "programs")
        os.makedirs(programs)
        for number, (ended, code, outcome) in enumerate((
                ("os.kill(os.getpid(), signal.SIGKILL)", 137, None), ("os.kill(os.getpid(), signal.SIGSEGV)", 65, "bad-output"),
                ("os.kill(os.getppid(), signal.SIGTERM), os.kill(os.getpid(), signal.SIGTERM)", 143, "terminated"))):
            with open(os.path.join(programs, "check_output.py"), "w") as file:
                file.write("import os, signal\n" + ended + "\n")
            batch = self.batch('echo 1 >"$SWATH_OUTPUT"', self.ONE, attempt=number, token=f"swath-k{number}")
            self.with_programs(batch, programs)
            self.assertEqual(code, self.start(batch).wait(60), self.log(batch))
            found = outcome and self.evidence(batch)["outcome"]
            self.assertEqual((outcome, bool(outcome)), (found, os.path.exists(os.path.join(batch, "evidence/0.json"))))

    @staticmethod
    def with_programs(batch, folder):
        job = os.path.join(batch, "job.sh")
        with open(job) as file:
            text = file.read().replace("tools=" + RESOURCES, "tools=" + shlex.quote(folder))
        with open(job, "w") as file:
            file.write(text)

    def test_an_output_of_the_wrong_size_is_a_bad_output(self):
        self.small()
        made = self.go(self.batch(NDVI, self.ONE))
        for window, tile, outcome in (("core", (0, 0, 40, 30, 0, 0, 40, 29), "bad-output"),
                                      ("core", (0, 0, 50, 50, 0, 0, 40, 30), "ok"),
                                      ("read", (0, 0, 50, 50, 0, 0, 40, 30), "bad-output"),
                                      ("read", (0, 0, 40, 30, 0, 0, 5, 5), "ok"),
                                      ("none", (0, 0, 1, 1, 0, 0, 1, 1), "ok")):
            batch = self.batch('cp "$SWATH_WORK/tiles/ndvi/0.tif" "$SWATH_OUTPUT"', [tile], step="copy", window=window,
                               token="swath-" + window + outcome)
            shutil.rmtree(self.path("leases"))
            evidence = self.go(batch)
            self.assertEqual(outcome, evidence["outcome"], (window, tile, evidence))
            if outcome == "bad-output":
                self.assertIn("40, 30", evidence["detail"])
        self.assertEqual("ok", made["outcome"])

    def test_a_second_job_with_the_same_tile_ends_with_75_and_changes_nothing(self):
        self.small()
        batch = self.batch(NDVI, self.ONE)
        os.makedirs(self.path("leases"))
        os.symlink("999", self.path("leases/ndvi.0.1"))
        self.assertEqual(75, self.start(batch).wait(60))
        self.assertIn("belongs to job 999", self.log(batch))
        self.assertEqual([], os.listdir(os.path.join(batch, "evidence")))
        self.assertEqual([], os.listdir(self.path("tiles/ndvi")))

    def test_a_job_that_slurm_requeued_takes_its_own_lease_again(self):
        self.small()
        batch = self.batch(NDVI, self.ONE)
        os.makedirs(self.path("leases"))
        os.symlink("77", self.path("leases/ndvi.0.1"))
        self.assertEqual("ok", self.go(batch, job="77")["outcome"])

    def test_only_one_of_many_duplicate_jobs_does_the_work(self):
        self.small()
        batch = self.batch('sleep 0.3; : >"$SWATH_EMPTY"', self.ONE)
        codes = sorted(duplicate.wait(60) for duplicate in [self.start(batch) for _ in range(8)])
        self.assertEqual([0] + 7 * [75], codes)

    def test_a_time_warning_leaves_evidence_that_the_final_outcome_replaces(self):
        self.small()
        batch = self.batch('echo started; until [[ -e $SWATH_WORK/go ]]; do sleep 0.05; done; : >"$SWATH_EMPTY"', self.ONE)
        task = self.start(batch)
        self.wait_for(lambda: "started" in self.log(batch))
        task.send_signal(signal.SIGUSR1)
        self.wait_for(lambda: os.path.exists(os.path.join(batch, "evidence/0.json")))
        warning = self.evidence(batch)
        self.assertEqual(("time-warning", None), (warning["outcome"], warning["exit"]))
        open(self.path("go"), "w").close()
        self.assertEqual(0, task.wait(60))
        self.assertEqual(("empty", 0), tuple(self.evidence(batch)[key] for key in ("outcome", "exit")))

    def test_sigterm_ends_the_script_and_its_children(self):
        self.small()
        batch = self.batch('sleep 60 & echo $! >"$SWATH_WORK/child"; echo started; wait', self.ONE)
        task = self.start(batch)
        self.wait_for(lambda: "started" in self.log(batch))
        task.send_signal(signal.SIGTERM)
        self.assertEqual(143, task.wait(60))
        self.assertEqual(("terminated", 143), tuple(self.evidence(batch)[key] for key in ("outcome", "exit")))
        with open(self.path("child")) as file:
            child = file.read().strip()
        self.wait_for(lambda: not self.alive(child))
        self.assertEqual([], os.listdir(self.scratch))

    def test_a_script_may_handle_sigterm_and_end_well(self):
        self.small()
        batch = self.batch('trap ": >\\"$SWATH_EMPTY\\"; exit 0" TERM; echo started; sleep 60 & wait', self.ONE)
        task = self.start(batch)
        self.wait_for(lambda: "started" in self.log(batch))
        task.send_signal(signal.SIGTERM)
        task.wait(60)
        self.assertIn(self.evidence(batch)["outcome"], ("empty", "terminated"))

    def test_any_note_gives_valid_json(self):
        self.small()
        batch = self.batch('printf \'say "hi" \\\\ \\x01\\xff\\t%s\\nsecond line\' "$(printf "x%.0s" {1..999})" >"$SWATH_NOTE"; '
                           ': >"$SWATH_EMPTY"', self.ONE)
        note = self.go(batch)["note"]
        self.assertTrue(note.startswith("say 'hi' / "), note)
        self.assertLessEqual(len(note), 300)

    def test_an_index_without_a_line_ends_with_74_and_a_message(self):
        self.small()
        batch = self.batch(NDVI, self.ONE)
        self.assertEqual(74, self.start(batch, 5).wait(60))
        self.assertIn("no line for index 5", self.log(batch, 5))

    def test_shellcheck_finds_nothing_in_the_job_script(self):
        if not shutil.which("shellcheck"):
            self.skipTest("shellcheck is not installed")
        self.work = os.path.join(self.scratch.replace("'", ""), "work")  # shellcheck dislikes a quote in a path
        self.addCleanup(shutil.rmtree, os.path.dirname(os.path.dirname(self.work)))
        batch = self.batch(NDVI, self.ONE)
        found = subprocess.run(["shellcheck", os.path.join(batch, "job.sh")], capture_output=True, text=True)
        self.assertEqual("", found.stdout)

    @staticmethod
    def alive(pid):
        try:
            with open(f"/proc/{pid}/stat") as file:
                return file.read().rsplit(")", 1)[1].split()[0] != "Z"
        except OSError:
            return False

    def wait_for(self, condition):
        deadline = time.time() + 60
        while not condition():
            self.assertLess(time.time(), deadline, "waited 60 s in vain")
            time.sleep(0.02)

    # ---- the recipes ---------------------------------------------------------------------------------------

    def test_tiled_ndvi_equals_the_formula_in_every_pixel(self):
        red, nir = checker_scene(700, 530)
        self.scene(red, nir)
        for size in (700, 256, 377):
            tiles = list(grid(700, 530, size))
            step = f"ndvi{size}"
            self.run_all(self.batch(NDVI, tiles, step=step, token="swath-" + step), tiles)
            np.testing.assert_array_equal(expected_ndvi(red, nir), self.stitch(tiles, 1, step, -32768)[0])

    def test_ndvi_output_has_the_georeference_of_its_tile(self):
        self.scene(*checker_scene(300, 200), transform=ROTATED)
        tiles = list(grid(300, 200, 128))
        batch = self.batch(NDVI, tiles)
        self.go(batch, 4)
        made = gdal.Open(self.path("tiles/ndvi/4.tif"))
        a, b, c, d, e, f = ROTATED
        self.assertEqual((a + 128 * b + 128 * c, b, c, d + 128 * e + 128 * f, e, f), made.GetGeoTransform())
        self.assertEqual("32633", made.GetSpatialRef().GetAuthorityCode(None))
        band = made.GetRasterBand(1)
        self.assertEqual((gdal.GDT_Int16, -32768, "ndvi"), (band.DataType, band.GetNoDataValue(), band.GetDescription()))

    def test_ndvi_applies_scale_and_offset(self):
        red, nir = checker_scene(120, 100)
        self.scene(red, nir, scale=0.0001, offset=-0.1)
        self.go(self.batch(NDVI, list(grid(120, 100, 120))))
        r, n = red * 0.0001 - 0.1, nir * 0.0001 - 0.1
        with np.errstate(all="ignore"):
            value = np.clip(np.rint((n - r) / (n + r) * 10000), -10000, 10000)
        value = np.where((red != 0) & (nir != 0) & (n + r > 0), value, -32768)
        np.testing.assert_array_equal(value.astype(np.int16), gdal.Open(self.path("tiles/ndvi/0.tif")).ReadAsArray())

    def test_ndvi_is_nodata_where_the_sum_is_zero_or_a_band_is_nan(self):
        red = np.array([[0.0, 0.2, np.nan, -0.5, 0.1]], np.float32)
        nir = np.array([[0.0, 0.6, 0.5, 0.4, -0.3]], np.float32)
        self.scene(red, nir, nodata=-1)
        self.go(self.batch(NDVI, list(grid(5, 1, 5))))
        np.testing.assert_array_equal([[-32768, 5000, -32768, -32768, -32768]],
                                      gdal.Open(self.path("tiles/ndvi/0.tif")).ReadAsArray())

    def test_tiled_texture_equals_the_definition_bit_for_bit(self):
        _, nir = checker_scene(150, 130, seed=5)
        nir[60:, 80:] = np.where(nir[60:, 80:], nir[60:, 80:].astype(int) + 56000, 0)  # large numbers too
        self.scene(nir)
        mean, deviation = expected_texture(nir)
        for size in (150, 64, 83):
            tiles = list(grid(150, 130, size, 7))
            step = f"texture{size}"
            self.run_all(self.batch(TEXTURE, tiles, step=step, token="swath-" + step), tiles)
            made = self.stitch(tiles, 2, step, -9999.0).astype(np.float32)
            np.testing.assert_array_equal(mean, made[0])
            np.testing.assert_array_equal(deviation, made[1])
        self.assertRegex(self.evidence(self.path("swath-texture150"))["note"], r"^device=(cpu|cuda) library=\w+ \S+")

    def test_texture_of_scaled_floats_is_equal_tiled_and_whole(self):
        random = np.random.RandomState(3)
        nir = random.uniform(0, 1, (1100, 90)).astype(np.float32)
        nir[random.uniform(size=nir.shape) < 0.05] = np.nan
        nir[:560] = np.nan  # a whole strip with nothing in it
        self.scene(nir, nodata=np.nan, scale=-3.0, offset=7.0)
        results = []
        for size in (1100, 400):
            tiles = list(grid(90, 1100, size, 7))
            step = f"texture{size}"
            self.run_all(self.batch(TEXTURE, tiles, step=step, token="swath-" + step), tiles)
            results.append(self.stitch(tiles, 2, step, -9999.0))
        np.testing.assert_array_equal(*results)
        window = nir[1000 - 7:1000 + 8, 50 - 7:50 + 8].astype(np.float64)
        if np.isfinite(nir[1000, 50]):
            self.assertAlmostEqual(np.nanmean(window) * -3 + 7, results[0][0, 1000, 50], 5)
            self.assertAlmostEqual(np.nanstd(window) * 3, results[0][1, 1000, 50], 5)

    def test_tiles_of_each_size_that_swath_may_choose_equal_the_whole(self):
        red, nir = checker_scene(40, 4300, seed=6)
        self.scene(red, nir)
        mean, deviation = expected_texture(red)  # of band 1
        for size in (512, 1024, 2048, 4096, 8192):
            tiles = list(grid(40, 4300, size))
            self.run_all(self.batch(NDVI, tiles, step=f"n{size}", token=f"swath-n{size}"), tiles)
            np.testing.assert_array_equal(expected_ndvi(red, nir), self.stitch(tiles, 1, f"n{size}", -32768)[0])
            tiles = list(grid(40, 4300, size, 7))
            self.run_all(self.batch(TEXTURE, tiles, step=f"t{size}", token=f"swath-t{size}"), tiles)
            made = self.stitch(tiles, 2, f"t{size}", -9999.0).astype(np.float32)
            np.testing.assert_array_equal(mean, made[0])
            np.testing.assert_array_equal(deviation, made[1])

    def test_a_script_sees_on_which_device_it_runs(self):
        self.scene(*checker_scene(40, 30))
        evidence = self.go(self.batch('echo "on $SWATH_DEVICE" >"$SWATH_NOTE"; : >"$SWATH_EMPTY"', self.ONE))
        self.assertEqual("on cpu", evidence["note"])

    # ---- the assembly --------------------------------------------------------------------------------------

    def ndvi_tiles(self, size, **scene):
        red, nir = checker_scene(700, 530)
        self.scene(red, nir, **scene)
        tiles = list(grid(700, 530, size))
        self.outcomes = self.run_all(self.batch(NDVI, tiles), tiles)
        return tiles, expected_ndvi(red, nir)

    OUTPUT = {"type": "Int16", "nodata": -32768, "bands": 1}

    def test_ndvi_is_nodata_where_the_sum_is_zero_but_for_rounding(self):
        red = np.arange(1, 1201, dtype=np.uint16).reshape(30, 40)
        nir = (2000 - red).astype(np.uint16)  # with scale and offset, each sum is 0
        nir[0, 0] += 1000
        self.scene(red, nir, scale=0.0001, offset=-0.1)
        self.assertEqual("ok", self.go(self.batch(NDVI, self.ONE))["outcome"])
        made = gdal.Open(self.path("tiles/ndvi/0.tif")).ReadAsArray()
        self.assertEqual(1, np.count_nonzero(made != -32768))
        self.assertEqual(10000, made[0, 0])  # (0.1999 + 0.0999) / (0.1999 - 0.0999), clipped

    def test_the_assembly_makes_one_cog_from_tiles_and_empty_tiles(self):
        tiles, expected = self.ndvi_tiles(200)
        self.assertIn("empty", self.outcomes)
        evidence, product, batch = self.assemble("ndvi", tiles, self.OUTPUT, datetime="2026-06-21T10:05:31.2Z")
        self.assertEqual("ok", evidence["outcome"], self.log(batch))
        cog = gdal.Open(self.path("tiles/assemble/0.tif"))
        np.testing.assert_array_equal(expected, cog.ReadAsArray())
        self.assertEqual("COG", cog.GetMetadataItem("LAYOUT", "IMAGE_STRUCTURE"))
        self.assertEqual([512, 512], cog.GetRasterBand(1).GetBlockSize())
        self.assertEqual(1, cog.GetRasterBand(1).GetOverviewCount())
        self.assertEqual((500000.0, 10.0, 0.0, 5000000.0, 0.0, -10.0), cog.GetGeoTransform())
        self.assertEqual("2026:06:21 10:05:31", cog.GetMetadataItem("TIFFTAG_DATETIME"))
        band, valid = product["bands"][0], expected[expected != -32768].astype(float)
        self.assertEqual(("ndvi", "Int16", -32768, 0.0001), tuple(band[key] for key in ("name", "data_type", "nodata", "scale")))
        for name, value in (("minimum", valid.min()), ("maximum", valid.max()), ("mean", valid.mean()),
                            ("stddev", valid.std()), ("valid_percent", 100 * valid.size / expected.size)):
            self.assertAlmostEqual(value, band["statistics"][name], 3)
        self.assertEqual((32633, [530, 700], len(tiles), self.outcomes.count("empty"), {"pixels": 0, "valid": valid.size}),
                         tuple(product[key] for key in ("epsg", "shape", "tiles", "empty", "outside_range")))
        self.assertEqual([10.0, 0.0, 500000.0, 0.0, -10.0, 5000000.0, 0.0, 0.0, 1.0], product["transform"])
        self.assertTrue(product["wkt2"].startswith("PROJCRS[") and product["projjson"]["type"] == "ProjectedCRS")
        west, south, east, north = product["bbox"]
        self.assertTrue(14.9 < west < 15.0001 and 45.0 < south < north < 45.2 and 15.08 < east < 15.1, product["bbox"])
        ring = product["geometry"]["coordinates"][0]
        self.assertEqual(ring[0], ring[-1])
        self.assertGreater(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(ring, ring[1:])), 0, "counterclockwise")
        preview = gdal.Open(os.path.join(batch, "product/preview.png"))
        self.assertEqual((700, 530, 4), (preview.RasterXSize, preview.RasterYSize, preview.RasterCount))
        np.testing.assert_array_equal(expected != -32768, preview.GetRasterBand(4).ReadAsArray() == 255)

    def prepared(self, script='printf weights >"$SWATH_OUTPUT"'):
        evidence = self.go(self.batch(script, self.ONE, step="prepare", window="file", token="swath-p1"))
        return evidence, self.path("tiles/prepare/0")

    def reader(self, prepared, token, attempt=1):
        copied = 'cp "$SWATH_PREPARED" "$SWATH_WORK/seen"; : >"$SWATH_EMPTY"'
        return self.batch(copied, self.ONE, token=token, attempt=attempt, prepared=prepared)

    def test_a_preparation_makes_any_file_and_each_tile_gets_a_copy_of_it(self):
        self.small()
        evidence, path = self.prepared()
        right = hashlib.sha256(b"weights").hexdigest()
        self.assertEqual(("ok", {"path": "tiles/prepare/0", "size": 7, "sha256": right}), (evidence["outcome"], evidence["output"]))
        self.assertEqual("empty", self.go(self.reader(right, "swath-t1"))["outcome"])
        with open(self.path("seen")) as file:
            self.assertEqual("weights", file.read())
        for number, spoil in enumerate((lambda: open(path, "w").write("forged!"), lambda: os.symlink("/etc/hostname", path),
                                        lambda: os.mkfifo(path), lambda: os.mkdir(path), lambda: None), 2):
            os.remove(path)
            spoil()
            evidence = self.go(self.reader(right, f"swath-t{number}", number))
            self.assertEqual(("not-prepared", 77), (evidence["outcome"], evidence["exit"]))
            self.assertRegex(evidence["detail"], "^what the preparation made (is missing|was changed after its task had ended)$")
            if os.path.isdir(path):
                os.rmdir(path)
            elif not os.path.lexists(path):
                continue
            else:
                os.remove(path)
            open(path, "w").close()

    def test_a_preparation_without_a_file_or_with_a_large_one_has_a_bad_output(self):
        self.small()
        for script, why in ((":", "wrote no output"), ('[[ -z $SWATH_EMPTY ]]', "wrote no output"),
                            ('head -c 16777217 /dev/zero >"$SWATH_OUTPUT"', "more than 16 MiB"),
                            ('ln -s /etc/hostname "$SWATH_OUTPUT"', "is not a file")):
            evidence, path = self.prepared(script)
            self.assertEqual(("bad-output", 65), (evidence["outcome"], evidence["exit"]))
            self.assertIn(why, evidence["detail"])
            self.assertFalse(os.path.exists(path))
            os.remove(self.path("leases/prepare.0.1"))

    def test_a_step_without_the_output_of_the_step_before_is_not_ready(self):
        self.small()
        batch = self.batch('touch "$SWATH_WORK/ran"', self.ONE, step="two", previous="one", made_by="swath-t0")
        evidence = self.go(batch)
        self.assertEqual(("not-ready", 76), (evidence["outcome"], evidence["exit"]))
        self.assertEqual("the output of step one for tile 0 is missing", evidence["detail"])
        self.assertFalse(os.path.exists(self.path("ran")))

    def test_what_an_earlier_step_made_is_compared_with_its_evidence(self):
        self.small()
        made = self.batch(NDVI, self.ONE, step="one", token="swath-t0")
        self.assertEqual("ok", self.go(made)["outcome"])
        tile, evidence = self.path("tiles/one/0.tif"), os.path.join(made, "evidence/0.json")
        with open(tile, "rb") as file:
            right = file.read()
        with open(evidence) as file:
            said = file.read()

        def reader(number, script='touch "$SWATH_WORK/ran"; : >"$SWATH_EMPTY"', **more):
            return self.go(self.batch(script, self.ONE, step="two", previous="one", made_by="swath-t0", token=f"swath-t{number}",
                                      attempt=number, **more))

        def write(path, data):
            if os.path.isdir(path):
                os.rmdir(path)
            elif os.path.lexists(path):
                os.remove(path)
            if data is not None:
                with open(path, "wb") as file:
                    file.write(data)

        for number, spoil in enumerate((lambda: write(tile, right[:-1] + b"?"), lambda: os.symlink("/etc/hostname", tile),
                                        lambda: os.mkfifo(tile), lambda: os.mkdir(tile), lambda: None), 1):
            write(tile, None)
            spoil()
            found = reader(number)
            self.assertEqual(("earlier-changed", 77), (found["outcome"], found["exit"]))
            self.assertRegex(found["detail"], "^the output of step one for tile 0 (is gone|was changed after its task had ended)$")
        write(tile, right)
        found = reader(6, f'echo >>{shlex.quote(tile)}; : >"$SWATH_EMPTY"')
        self.assertEqual(("earlier-changed", "tiles/one/0.tif was changed while the script ran"), (found["outcome"], found["detail"]))
        write(tile, right)
        open(self.path("tiles/one/0.empty"), "w").close()  # forged: the evidence says that the tile has pixels
        for number, spoil in enumerate((lambda: None, lambda: os.mkfifo(evidence)), 7):
            write(evidence, None)
            spoil()
            self.assertEqual("not-ready", reader(number)["outcome"])  # the task may not have ended
            self.assertEqual("earlier-changed", reader(number + 2, earlier_made="1")["outcome"])
        self.assertFalse(os.path.exists(self.path("ran")))
        write(evidence, said.encode())
        self.assertEqual("empty", reader(11)["outcome"])
        self.assertTrue(os.path.exists(self.path("ran")))

    def test_an_assembly_with_a_missing_tile_is_not_ready_and_names_the_tile(self):
        tiles, _ = self.ndvi_tiles(400)
        os.remove(self.path("tiles/ndvi/2.tif"))
        evidence, product, batch = self.assemble("ndvi", tiles, self.OUTPUT)
        self.assertEqual(("not-ready", 76, None), (evidence["outcome"], evidence["exit"], product))
        self.assertRegex(evidence["detail"], r"1 of 4 tiles are missing in .*: 2$")
        self.assertFalse(os.path.exists(self.path("tiles/assemble/0.tif")))

    def test_what_another_job_put_into_the_product_before_the_assembly_is_no_part_of_it(self):
        self.small()
        self.go(self.batch(NDVI, self.ONE))
        planted = self.path("swath-a%d" % self.jobs, "product", "polygons.gpkg")
        os.makedirs(os.path.dirname(planted))
        open(planted, "w").close()
        evidence, _, _ = self.assemble("ndvi", self.ONE)
        self.assertNotIn("polygons_sha256", evidence["output"])
        self.assertFalse(os.path.exists(planted))

    def test_an_assembly_compares_each_tile_with_its_evidence_and_names_those_that_differ(self):
        tiles, expected = self.ndvi_tiles(256)
        compared = "swath-t1/evidence/{}.json"
        evidence, product, _ = self.assemble("ndvi", tiles, self.OUTPUT, compared)
        self.assertEqual(("ok", []), (evidence["outcome"], evidence["tiles"]))
        np.testing.assert_array_equal(expected, gdal.Open(self.path("tiles/assemble/0.tif")).ReadAsArray())
        secret = self.path("secret")
        with open(secret, "w") as file:
            file.write("the password")

        def changed(path):  # the same size, and the same time
            before = os.stat(path)
            with open(path, "r+b") as file:
                file.seek(-1, os.SEEK_END)
                last = file.read(1)
                file.seek(-1, os.SEEK_END)
                file.write(bytes([last[0] ^ 1]))
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

        def replaced(make):
            return lambda path: (os.remove(path), make(path))

        done = [number for number, outcome in enumerate(self.outcomes) if outcome == "ok"]
        attacks = (changed, os.remove, replaced(os.mkfifo), replaced(lambda path: os.symlink(secret, path)),
                   lambda path: os.truncate(path, os.path.getsize(path) + 1),
                   replaced(lambda path: os.mknod(path.replace(".tif", ".empty"))))
        for number, attack in zip(done, attacks):
            attack(self.path(f"tiles/ndvi/{number}.tif"))
        evidence, product, batch = self.assemble("ndvi", tiles, self.OUTPUT, compared)
        self.assertEqual(("bad-tiles", 65, None), (evidence["outcome"], evidence["exit"], product))
        self.assertEqual(done[:len(attacks)], evidence["tiles"])
        self.assertIn(f"tiles {done[0]}, {done[1]}", evidence["detail"])
        self.assertNotIn("password", self.log(batch))

    def test_an_assembly_waits_for_the_evidence_of_a_tile_and_reads_no_link_or_pipe_in_its_place(self):
        tiles, _ = self.ndvi_tiles(256)
        path = self.path("swath-t1/evidence/0.json")
        for make in (lambda: None, lambda: os.mkfifo(path), lambda: os.symlink("/etc/passwd", path)):
            if os.path.lexists(path):
                os.remove(path)
            make()
            evidence, _, batch = self.assemble("ndvi", tiles, self.OUTPUT, "swath-t1/evidence/{}.json")
            self.assertEqual(("not-ready", 76), (evidence["outcome"], evidence["exit"]), self.log(batch))

    def test_an_assembly_that_was_queued_after_all_tiles_were_made_names_those_whose_evidence_is_lost(self):
        tiles, _ = self.ndvi_tiles(256)
        compared = "swath-t1/evidence/{}.json"
        evidence, _, batch = self.assemble("ndvi", tiles, self.OUTPUT, compared, made=True)
        self.assertEqual(("ok", []), (evidence["outcome"], evidence["tiles"]), self.log(batch))
        os.remove(self.path("swath-t1/evidence/0.json"))
        with open(self.path("swath-t1/evidence/2.json"), "w") as file:
            file.write('{"outcome":"exit"}')
        evidence, product, batch = self.assemble("ndvi", tiles, self.OUTPUT, compared, made=True)
        self.assertEqual(("bad-tiles", 65, None), (evidence["outcome"], evidence["exit"], product), self.log(batch))
        self.assertEqual([0, 2], evidence["tiles"])

    def test_an_assembly_with_a_damaged_tile_fails_and_names_the_tile(self):
        tiles, _ = self.ndvi_tiles(400)
        with open(self.path("tiles/ndvi/2.tif"), "r+b") as file:
            file.truncate(3000)
        evidence, _, batch = self.assemble("ndvi", tiles, self.OUTPUT)
        self.assertEqual(("exit", 1), (evidence["outcome"], evidence["exit"]), self.log(batch))
        self.assertIn("2.tif", self.log(batch))

    def test_an_assembly_of_a_grid_with_a_gap_fails(self):
        tiles, _ = self.ndvi_tiles(400)
        evidence, _, _ = self.assemble("ndvi", tiles[:-1], self.OUTPUT)
        self.assertEqual(1, evidence["exit"])
        self.assertIn("cover", evidence["detail"])

    def test_an_assembly_of_tiles_that_differ_from_the_recipes_output_fails(self):
        tiles, _ = self.ndvi_tiles(700)
        evidence, _, _ = self.assemble("ndvi", tiles, {"type": "Float32", "nodata": 0, "bands": 1})
        self.assertIn("the recipe's output is 1 band(s) of Float32, but 0.tif has 1 of Int16", evidence["detail"])

    def test_the_type_of_a_product_may_be_that_of_the_scene(self):
        self.scene(np.zeros((30, 40), np.uint8), np.zeros((30, 40), np.uint8))
        promised = {"type": "scene", "nodata": 0, "bands": 1}
        for number, script in enumerate((': >"$SWATH_EMPTY"', 'gdal_translate -q -b 1 "$SWATH_INPUT" "$SWATH_OUTPUT"'), 1):
            self.go(self.batch(script, self.ONE, token=f"swath-t{number}", attempt=number))
            evidence, product, _ = self.assemble("ndvi", self.ONE, promised)
            self.assertEqual(("ok", "uint8"), (evidence["outcome"], product["bands"][0]["data_type"].lower().replace("byte", "uint8")))
        self.go(self.batch('gdal_translate -q "$SWATH_INPUT" "$SWATH_OUTPUT"', self.ONE, token="swath-t3", attempt=3))
        self.assertIn("but 0.tif has 2 of Byte", self.assemble("ndvi", self.ONE, promised)[0]["detail"])

    def test_a_scene_without_valid_pixels_is_assembled_as_nodata(self):
        self.scene(np.zeros((64, 96), np.uint16), np.zeros((64, 96), np.uint16))
        tiles = list(grid(96, 64, 50))
        self.assertEqual(4 * ["empty"], self.run_all(self.batch(NDVI, tiles), tiles))
        evidence, product, batch = self.assemble("ndvi", tiles, self.OUTPUT)
        self.assertEqual("ok", evidence["outcome"], self.log(batch))
        self.assertTrue((gdal.Open(self.path("tiles/assemble/0.tif")).ReadAsArray() == -32768).all())
        self.assertEqual((4, 4, {"valid_percent": 0.0}),
                         (product["tiles"], product["empty"], product["bands"][0]["statistics"]))
        self.assertFalse(gdal.Open(os.path.join(batch, "product/preview.png")).ReadAsArray()[3].any())
        evidence, _, _ = self.assemble("ndvi", tiles, None)
        self.assertIn("add `output:", evidence["detail"])

    def test_a_rotated_scene_keeps_its_geotransform(self):
        tiles, expected = self.ndvi_tiles(560, transform=ROTATED)
        _, product, _ = self.assemble("ndvi", tiles, self.OUTPUT)
        cog = gdal.Open(self.path("tiles/assemble/0.tif"))
        np.testing.assert_array_equal(expected, cog.ReadAsArray())
        self.assertEqual(ROTATED, cog.GetGeoTransform())
        a, b, c, d, e, f = ROTATED
        self.assertEqual([b, c, a, e, f, d, 0.0, 0.0, 1.0], product["transform"])
        self.assertEqual("Polygon", product["geometry"]["type"])

    def test_a_scene_without_georeference_is_assembled_without_one(self):
        tiles, expected = self.ndvi_tiles(560, transform=None)
        _, product, batch = self.assemble("ndvi", tiles, self.OUTPUT)
        np.testing.assert_array_equal(expected, gdal.Open(self.path("tiles/assemble/0.tif")).ReadAsArray())
        self.assertEqual([None] * 6, [product[key] for key in ("epsg", "wkt2", "projjson", "transform", "bbox", "geometry")])
        self.assertNotIn("Warning", self.log(batch))

    def test_ground_control_points_are_kept_and_give_the_footprint(self):
        corners = [(0, 0), (700, 0), (0, 530), (700, 530)]
        gcps = [gdal.GCP(500000 + 10 * x, 5000000 - 10 * y, 0, x, y) for x, y in corners]
        tiles, _ = self.ndvi_tiles(560, transform=None, gcps=gcps)
        _, product, _ = self.assemble("ndvi", tiles, self.OUTPUT)
        self.assertEqual(4, gdal.Open(self.path("tiles/assemble/0.tif")).GetGCPCount())
        self.assertEqual([None] * 4, [product[key] for key in ("epsg", "wkt2", "projjson", "transform")], "not a map")
        self.assertAlmostEqual(15.0, product["bbox"][0], 3)

    def test_rational_polynomials_are_kept(self):
        one = "1 " + " ".join(["0"] * 19)
        rpc = {"LINE_OFF": "265", "SAMP_OFF": "350", "LAT_OFF": "45", "LONG_OFF": "15", "HEIGHT_OFF": "0", "LINE_SCALE": "265",
               "SAMP_SCALE": "350", "LAT_SCALE": "0.03", "LONG_SCALE": "0.04", "HEIGHT_SCALE": "500",
               "LINE_NUM_COEFF": "0 0 -1 " + " ".join(["0"] * 17), "LINE_DEN_COEFF": one,
               "SAMP_NUM_COEFF": "0 1 " + " ".join(["0"] * 18), "SAMP_DEN_COEFF": one}
        tiles, _ = self.ndvi_tiles(560, transform=None, rpc=rpc)
        _, product, _ = self.assemble("ndvi", tiles, self.OUTPUT)
        self.assertEqual("350", gdal.Open(self.path("tiles/assemble/0.tif")).GetMetadata("RPC")["SAMP_OFF"])
        self.assertEqual([None] * 4, [product[key] for key in ("epsg", "wkt2", "projjson", "transform")], "not a map")
        for expected, found in zip((14.96, 44.97, 15.04, 45.03), product["bbox"]):
            self.assertAlmostEqual(expected, found, 2)

    def test_two_bands_of_texture_are_assembled_with_their_names(self):
        _, nir = checker_scene(300, 200)
        self.scene(nir)
        tiles = list(grid(300, 200, 200, 7))
        self.run_all(self.batch(TEXTURE, tiles, step="texture"), tiles)
        _, product, _ = self.assemble("texture", tiles, {"type": "Float32", "nodata": -9999, "bands": 2})
        self.assertEqual(["mean", "standard deviation"], [band["name"] for band in product["bands"]])
        self.assertEqual(2, gdal.Open(self.path("tiles/assemble/0.tif")).RasterCount)

    def test_a_scene_across_the_antimeridian_has_a_footprint_of_two_parts(self):
        tiles, _ = self.ndvi_tiles(700, transform=(2_000_000.0, 10.0, 0.0, 0.0, 0.0, -10.0))  # far east of zone 33: not it
        vrt = gdal.Open(self.path("scene.vrt"), gdal.GA_Update)
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(4326)
        reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        vrt.SetSpatialRef(reference)
        vrt.SetGeoTransform((179.0, 0.01, 0, -10.0, 0, -0.01))
        vrt = None
        _, product, _ = self.assemble("ndvi", tiles, self.OUTPUT)
        self.assertEqual("MultiPolygon", product["geometry"]["type"])
        self.assertEqual([179.0, -15.3, -174.0, -10.0], product["bbox"])

    # ---- the sample ----------------------------------------------------------------------------------------

    def test_the_sample_scene_is_always_the_same_and_fits_the_demo(self):
        first, second = (os.path.join(self.folder, name) for name in ("a.tif", "b.tif"))
        for path in (first, second):
            subprocess.run([os.path.join(ROOT, "src/main/resources/sample_scene.py"), path, "--size", "700", "--seed", "7"], check=True,
                           env={"PATH": "/usr/bin:/bin"})
        a, b = gdal.Open(first), gdal.Open(second)
        pixels = a.ReadAsArray()
        np.testing.assert_array_equal(pixels, b.ReadAsArray())
        self.assertEqual(["blue", "green", "red", "nir"], [a.GetRasterBand(n).GetDescription() for n in range(1, 5)])
        self.assertEqual((gdal.GDT_UInt16, 0, "32633", "2026:06:21 10:05:31"), (
            a.GetRasterBand(1).DataType, a.GetRasterBand(1).GetNoDataValue(),
            a.GetSpatialRef().GetAuthorityCode(None), a.GetMetadataItem("TIFFTAG_DATETIME")))
        self.assertTrue(((pixels == 0).all(0) == (pixels == 0).any(0)).all(), "nodata in one band is nodata in all")
        self.assertTrue(0.2 < (pixels[0] == 0).mean() < 0.4)


if __name__ == "__main__":
    unittest.main()
