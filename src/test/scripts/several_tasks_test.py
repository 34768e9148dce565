#!/usr/bin/python3
"""Steps of several tasks, as the local cluster runs them: job.sh with tasks.sh, swath_exchange.py, and the recipes that use them.

Plain unittest; needs GDAL's Python bindings, as the nodes do: /usr/bin/python3 several_tasks_test.py
"""
import hashlib
import json
import os
import signal
import time
import unittest

import numpy as np
from osgeo import gdal

from tasks import RECIPES, Tasks, checker_scene, grid

NDVI, TEXTURE, FIT, CLASSIFY = (os.path.join(RECIPES, name) for name in (
    "ndvi/ndvi.py", "ndvi-texture/texture.py", "classify/fit.py", "classify/classify.py"))
GREENEST_LAST = ((300, 280, 250, 120), (900, 900, 1000, 700), (1500, 1700, 2100, 2300), (800, 1000, 1300, 2000),
                 (500, 700, 800, 2600), (250, 450, 350, 3900))  # blue, green, red, nir of six kinds of ground


class SeveralTasks(Tasks):
    ONE = [(0, 0, 40, 30, 0, 0, 40, 30)]

    def small(self):
        self.scene(*checker_scene(40, 30))

    def test_tasks_run_beside_each_other_with_folders_of_their_own_and_one_that_all_see(self):
        self.small()
        batch = self.batch('''
            printf '%s\n' "$SWATH_TASKS" "$SWATH_SCRATCH" "$PWD" >"$SWATH_EXCHANGE/here.$SWATH_TASK"
            for ((n = 0; n < 1000; n++)); do              # ends only when all three run at once
              ls "$SWATH_EXCHANGE"/here.{0,1,2} >/dev/null 2>&1 && break
              sleep 0.02
            done
            ((n < 1000)) || exit 9
            ((SWATH_TASK == 0)) || exit 0
            cp "$SWATH_EXCHANGE"/here.? "$SWATH_WORK"
            echo "of task 0" >"$SWATH_NOTE"
            gdal_translate -q "$SWATH_INPUT" "$SWATH_OUTPUT"''', self.ONE, tasks=3)
        evidence = self.go(batch)
        self.assertEqual(("ok", "of task 0"), (evidence["outcome"], evidence["note"]))
        said = []
        for task in range(3):
            with open(self.path(f"here.{task}")) as file:
                tasks, scratch, folder = file.read().splitlines()
            self.assertEqual(("3", scratch), (tasks, folder))
            said.append(scratch)
        self.assertEqual(3, len(set(said)))

    def test_the_peak_is_that_of_all_tasks_together_and_the_cpu_time_too(self):
        self.small()
        batch = self.batch('''
            /usr/bin/python3 -c "
import os, time
held = bytearray(60 << 20)
held[::4096] = bytes([1]) * (len(held) // 4096)
open(os.environ['SWATH_EXCHANGE'] + '/has.' + os.environ['SWATH_TASK'], 'w')
while sum(name.startswith('has.') for name in os.listdir(os.environ['SWATH_EXCHANGE'])) < 3: time.sleep(0.01)
end = time.process_time() + 0.2
while time.process_time() < end: pass
" && { ((SWATH_TASK)) || : >"$SWATH_EMPTY"; }''', self.ONE, tasks=3)
        evidence = self.go(batch)
        self.assertEqual("empty", evidence["outcome"])
        self.assertTrue(3 * 60 * 1024 < evidence["peak_kib"] < 3 * 120 * 1024, evidence)
        self.assertLess(0.6, evidence["cpu_s"])

    def test_a_task_that_fails_ends_the_others_and_its_exit_code_and_last_line_count(self):
        self.small()
        batch = self.batch('''
            trap 'echo Terminated >&2; exit 1' TERM       # as bash says it when what it runs is killed
            ((SWATH_TASK == 1)) || { for ((n = 0; n < 3000; n++)); do sleep 0.1; done; }
            sleep 0.2
            echo "task 1 cannot go on"; exit 3''', self.ONE, tasks=3)
        before = time.time()
        evidence = self.go(batch)
        self.assertEqual(("exit", 3, "task 1 cannot go on"), tuple(evidence[key] for key in ("outcome", "exit", "detail")))
        self.assertLess(time.time() - before, 60)
        self.assertIn("task 1 of 3 failed first, with exit code 3", self.log(batch))

    def test_gpu_memory_that_runs_out_in_one_task_is_found_in_the_log(self):
        self.small()
        batch = self.batch('((SWATH_TASK)) || exit 0; echo "torch.OutOfMemoryError: CUDA out of memory" >&2; exit 1', self.ONE, tasks=2)
        self.assertEqual("gpu-out-of-memory", self.go(batch)["outcome"])

    def test_tasks_that_cannot_be_started_are_the_nodes_fault_and_leave_no_evidence(self):
        self.small()
        batch = self.batch("exit 0", self.ONE, tasks=2)
        job = self.start(batch, more={"SWATH_LOCAL_TASK": ""})  # as in Slurm, on a node without srun
        self.assertEqual(74, job.wait(60))
        self.assertFalse(os.path.exists(os.path.join(batch, "evidence/0.json")))
        self.assertIn("has no srun", self.log(batch))
        self.assert_tidy()

    def test_sigterm_reaches_every_task(self):
        self.small()
        batch = self.batch('''
            trap 'echo "task $SWATH_TASK heard" >>"$SWATH_WORK/heard"; exit 1' TERM
            : >"$SWATH_EXCHANGE/.ready.$SWATH_TASK"
            : >"$SWATH_WORK/ready.$SWATH_TASK"
            for ((n = 0; n < 3000; n++)); do sleep 0.02; done''', self.ONE, tasks=2)
        job = self.start(batch)
        end = time.time() + 30
        while not all(os.path.exists(self.path(f"ready.{task}")) for task in (0, 1)) and time.time() < end:
            time.sleep(0.02)
        job.send_signal(signal.SIGTERM)
        self.assertEqual(143, job.wait(30))
        self.assertEqual("terminated", self.evidence(batch)["outcome"])
        with open(self.path("heard")) as file:
            self.assertEqual(["task 0 heard", "task 1 heard"], sorted(file.read().splitlines()))
        self.assert_tidy()

    def test_with_map_each_task_of_a_node_gets_the_next_gpu(self):
        self.small()
        batch = self.batch('''echo "$CUDA_VISIBLE_DEVICES" >"$SWATH_WORK/gpu.$SWATH_TASK"; ((SWATH_TASK)) || : >"$SWATH_EMPTY"''',
                           self.ONE, tasks=3, bind_gpu="map")
        self.end(self.start(batch, more={"CUDA_VISIBLE_DEVICES": "2,5"}), batch, 0)
        got = []
        for task in range(3):
            with open(self.path(f"gpu.{task}")) as file:
                got.append(file.read().strip())
        self.assertEqual(["2", "5", "2"], got)

    # ---- recipes --------------------------------------------------------------------------------------------------

    def test_several_tasks_make_the_same_tile_as_one(self):
        self.scene(*checker_scene(70, 1300, seed=4))  # three strips of 512 rows
        tiles = list(grid(70, 1300, 2048, 7))
        for script, bands, fill in ((NDVI, 1, -32768), (TEXTURE, 2, -9999.0)):
            made = []
            for tasks in (1, 3):
                step = f"made{bands}-{tasks}"
                self.assertEqual(["ok"], self.run_all(self.batch(script, tiles, step=step, token="swath-" + step, tasks=tasks), tiles))
                tile = gdal.Open(self.path("tiles", step, "0.tif"))
                made.append((self.stitch(tiles, bands, step, fill), tile.GetMetadata()))
            for pixels, metadata in made[1:]:
                np.testing.assert_array_equal(made[0][0], pixels)
                self.assertEqual(made[0][1], metadata, "statistics, and counts of valid pixels")

    def test_a_tile_without_valid_pixels_is_empty_and_strips_of_other_tasks_are_not_lost(self):
        red, nir = checker_scene(40, 1300)
        red[:], nir[:700] = 7, 0
        self.scene(red, nir)
        tiles = [(0, 0, 40, 1300) * 2, (0, 0, 40, 600) * 2]
        self.assertEqual(["ok", "empty"], self.run_all(self.batch(NDVI, tiles, tasks=3), tiles))
        made = gdal.Open(self.path("tiles/ndvi/0.tif")).ReadAsArray()
        np.testing.assert_array_equal(nir != 0, made != -32768)

    def test_texture_of_the_index_equals_the_definition_bit_for_bit(self):
        red, nir = checker_scene(90, 70, seed=8)
        self.scene(red, nir)
        tiles = list(grid(90, 70, 40, 7))
        self.run_all(self.batch(NDVI, tiles, step="ndvi", window="read"), tiles)
        outcomes = self.run_all(self.batch(TEXTURE, tiles, step="texture", previous="ndvi", made_by="swath-t1", token="swath-t2"), tiles)
        self.assertIn("ok", outcomes)
        with np.errstate(all="ignore"):
            index = np.rint((nir.astype(float) - red) / (nir.astype(float) + red) * 10000)
        valid = (red != 0) & (nir != 0)
        expected = np.full((2, 70, 90), -9999, np.float32)
        for y, x in np.argwhere(valid):
            part = slice(max(0, y - 7), y + 8), slice(max(0, x - 7), x + 8)
            values = index[part][valid[part]].astype(np.int64)
            n, s, q = values.size, int(values.sum()), int((values * values).sum())
            expected[:, y, x] = (s / n) * 0.0001, np.sqrt(float(n * q - s * s)) / n * 0.0001
        np.testing.assert_array_equal(expected, self.stitch(tiles, 2, "texture", -9999.0))

    # ---- the assembly ---------------------------------------------------------------------------------------------

    def cut(self, values, size, nodata, different=(), options=("TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "COMPRESS=DEFLATE")):
        """Tiles of an array with evidence, by GDAL alone, so that none can be copied; `different`: tiles with a mask."""
        self.height, self.width = values.shape
        gdal.GetDriverByName("VRT").Create(self.path("scene.vrt"), self.width, self.height, 1).FlushCache()
        for folder in ("tiles/cut", "swath-t1/evidence"):
            os.makedirs(self.path(folder), exist_ok=True)
        tiles = list(grid(self.width, self.height, size))
        gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
        for number, (*_, x, y, w, h) in enumerate(tiles):
            path = self.path(f"tiles/cut/{number}.tif")
            made = gdal.GetDriverByName("GTiff").Create(path, w, h, 1, gdal.GDT_Int16, options)
            made.GetRasterBand(1).WriteArray(values[y:y + h, x:x + w])
            if number in different:
                made.CreateMaskBand(gdal.GMF_PER_DATASET)
                made.GetRasterBand(1).GetMaskBand().Fill(255)
            elif nodata is not None:
                made.GetRasterBand(1).SetNoDataValue(nodata)
            made = None
            with open(path, "rb") as file:
                content = file.read()
            with open(self.path(f"swath-t1/evidence/{number}.json"), "w") as file:
                json.dump({"outcome": "ok", "output": {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}}, file)
        return tiles

    def assembled(self, tiles, tasks, **plan):
        """(evidence, product.json, the bytes of the product)."""
        evidence, facts, batch = self.assemble("cut", tiles, compared="swath-t1/evidence/{}.json", tasks=tasks, **plan)
        if evidence["outcome"] != "ok":
            return evidence, facts, self.log(batch)
        with open(self.path("tiles/assemble/0.tif"), "rb") as file:
            return evidence, facts, file.read()

    def values(self, width, height):
        values = np.random.RandomState(6).randint(-300, 300, (height, width)).astype(np.int16)
        values[:100, :700] = -300
        return values

    def test_an_assembly_makes_the_same_product_with_any_number_of_tasks(self):
        for width, height, size, reason in ((1500, 1100, 512, "predictor"), (9000, 300, 200, "multiples of 512")):
            values = self.values(width, height)
            tiles = self.cut(values, size, -300)
            _, facts, product = self.assembled(tiles, 1)
            np.testing.assert_array_equal(values, gdal.Open(self.path("tiles/assemble/0.tif")).ReadAsArray())
            self.assertEqual("converted", facts["assembly"]["way"])
            self.assertIn(reason, facts["assembly"]["reason"])
            for tasks in (2, 4):
                evidence, again, same = self.assembled(tiles, tasks)
                self.assertEqual(("ok", facts), (evidence["outcome"], again))
                self.assertTrue(product == same, "the same bytes")

    def test_an_assembly_of_several_tasks_decodes_what_cannot_be_converted(self):
        values = self.values(1100, 600)
        tiles = self.cut(values, 512, None, different=(1, 4))
        made = [self.assembled(tiles, tasks)[1:] for tasks in (1, 2)]
        self.assertEqual("decoded", made[1][0]["assembly"]["way"])
        self.assertIn("has a mask", made[1][0]["assembly"]["reason"])
        self.assertEqual(made[0][0]["bands"], made[1][0]["bands"])
        self.assertTrue(made[0][1] == made[1][1], "the same bytes")
        cubic = self.assembled(tiles, 3, resampling="CUBIC")[1]["assembly"]
        self.assertEqual("decoded", cubic["way"])
        self.assertIn("CUBIC", cubic["reason"])

    def test_a_bad_tile_is_named_whichever_task_of_the_assembly_finds_it(self):
        tiles = self.cut(self.values(1100, 600), 512, -300)
        for number in range(len(tiles)):
            path = self.path(f"tiles/cut/{number}.tif")
            with open(path, "rb") as file:
                content = file.read()
            with open(path, "wb") as file:
                file.write(content[:-9] + bytes(9))
            for tasks in (1, 2):
                evidence, _, log = self.assembled(tiles, tasks)
                self.assertEqual(("bad-tiles", 65, [number]), tuple(evidence[key] for key in ("outcome", "exit", "tiles")), log)
            with open(path, "wb") as file:
                file.write(content)
        os.remove(self.path("swath-t1/evidence/3.json"))
        evidence, _, log = self.assembled(tiles, 2)
        self.assertEqual(("not-ready", 76), (evidence["outcome"], evidence["exit"]), log)

    def ground(self, height, width, seed=2):
        """Bands of patches of six kinds of ground with noise, and which kind each pixel is; some pixels are nodata."""
        random = np.random.RandomState(seed)
        y, x = np.mgrid[0:height, 0:width]
        kind = (y // 48 + 2 * (x // 48)) % 6
        bands = [(np.array(GREENEST_LAST)[kind, band] + random.normal(0, 15, kind.shape)).astype(np.uint16) for band in range(4)]
        valid = random.uniform(size=kind.shape) > 0.05
        for band in bands:
            band[~valid] = 0
        return bands, kind, valid

    def fitted(self, tasks, token, attempt=1):
        with open(self.path("bands"), "w") as file:
            file.write("blue,green,red,nir\n")
        whole = (0, 0, self.width, self.height)
        evidence = self.go(self.batch(FIT, [whole * 2], step="prepare", window="file", token=token, tasks=tasks, attempt=attempt))
        self.assertEqual("ok", evidence["outcome"], self.log(self.path(token)))
        with open(self.path("tiles/prepare/0"), "rb") as file:
            return file.read(), evidence["note"]

    def test_classes_are_those_of_the_ground_for_any_number_of_tasks_and_any_tiles(self):
        bands, kind, valid = self.ground(300, 400)
        self.scene(*bands)
        content, note = self.fitted(1, "swath-p1")
        for tasks in (2, 4):
            self.assertEqual(content, self.fitted(tasks, f"swath-p{tasks}", tasks)[0], "the same bytes")
        self.assertRegex(note, rf"^6 classes from {valid.sum()} pixels in \d+ rounds, by 1 tasks$")
        made = json.loads(content)
        centres = np.array(made["centres"]) * made["deviation"] + made["mean"]
        for number in range(6):  # the groups are far apart, so k-means finds their means
            expected = [band[valid & (kind == number)].mean() for band in bands]
            np.testing.assert_allclose(centres[number], expected, atol=0.5)
        prepared = hashlib.sha256(content).hexdigest()
        for size in (4096, 200):
            tiles, step = list(grid(400, 300, size)), f"classify{size}"
            self.run_all(self.batch(CLASSIFY, tiles, step=step, token=f"swath-c{size}", prepared=prepared), tiles)
            np.testing.assert_array_equal(np.where(valid, kind, 255), self.stitch(tiles, 1, step, 255)[0])
        tile = gdal.Open(self.path("tiles/classify200/0.tif"))
        self.assertEqual((0x2f, 0x7d, 0x32, 255), tile.GetRasterBand(1).GetColorTable().GetColorEntry(5))

    def test_a_scene_without_valid_pixels_and_one_of_few_pixels_are_classified_too(self):
        nothing = np.zeros((40, 50), np.uint16)
        few = nothing.copy()
        few[3, 4:7] = 100, 200, 300
        for number, band in enumerate((nothing, few)):
            self.scene(*[band] * 4)
            content, _ = self.fitted(2, f"swath-p{number}", number + 1)
            tiles = list(grid(50, 40, 64))
            step = f"classify{number}"
            self.run_all(self.batch(CLASSIFY, tiles, step=step, token=f"swath-c{number}",
                                    prepared=hashlib.sha256(content).hexdigest()), tiles)
            np.testing.assert_array_equal(band != 0, self.stitch(tiles, 1, step, 255)[0] != 255)


if __name__ == "__main__":
    unittest.main()
