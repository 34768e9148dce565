"""Runs the scripts of the nodes in tests as Slurm does: job.sh with a step's script, and the assembly."""
import glob
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from osgeo import gdal, osr

sys.dont_write_bytecode = True
gdal.UseExceptions()
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
RESOURCES = os.path.join(ROOT, "src/main/resources/job")
RECIPES = os.path.join(ROOT, "config/recipes")
sys.path.insert(0, RESOURCES)  # as job.sh does by PYTHONPATH
EVIDENCE_KEYS = {"token", "scene", "tiles", "step", "tile", "attempt", "index", "job", "array_job", "host", "start", "end", "wall_s",
                 "cpu_s", "peak_kib", "memory_source", "gpu_mib", "gpu_card_mib", "gpu_util", "gpu_source", "exit", "outcome", "detail", "note", "output"}


def checker_scene(width, height, seed=1):
    """Two int bands of noise with structure; zeros (nodata) in a corner, in specks and where both are equal."""
    random = np.random.RandomState(seed)
    red = random.randint(1, 4000, (height, width)).astype(np.uint16)
    nir = random.randint(1, 9000, (height, width)).astype(np.uint16)
    y, x = np.mgrid[0:height, 0:width]
    outside = (x + y < (width + height) // 3) | (random.uniform(size=red.shape) < 0.02)
    red[outside], nir[outside] = 0, 0
    red[random.uniform(size=red.shape) < 0.01] = 0  # invalid in one band alone
    return red, nir


def grid(width, height, size, overlap=0):
    """(x, y, w, h, core x, y, w, h) of tiles of `size`, the last ones smaller."""
    for y in range(0, height, size):
        for x in range(0, width, size):
            w, h = min(size, width - x), min(size, height - y)
            left, top = max(0, x - overlap), max(0, y - overlap)
            right, bottom = min(width, x + w + overlap), min(height, y + h + overlap)
            yield left, top, right - left, bottom - top, x, y, w, h


class Tasks(unittest.TestCase):
    maxDiff = None
    profile = "DEFLATE AVERAGE 2"  # of the last step: as tasks here write the core window

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="swath's test ")  # with a blank and a quote, on purpose
        self.addCleanup(shutil.rmtree, self.folder)
        self.work = os.path.join(self.folder, "work", "S1")
        self.scratch = os.path.join(self.folder, "scratch")
        os.makedirs(self.work)
        os.makedirs(self.scratch)
        self.jobs = 1000
        self.model = "", "", ""  # file, SHA-256, margin

    # ---- what Java does ------------------------------------------------------------------------------------

    def scene(self, *bands, nodata=0, transform=(500000.0, 10.0, 0.0, 5000000.0, 0.0, -10.0), gcps=None, rpc=None,
              scale=None, offset=None):
        height, width = bands[0].shape
        path = os.path.join(self.folder, "scene.tif")
        types = {"uint16": gdal.GDT_UInt16, "float32": gdal.GDT_Float32, "uint8": gdal.GDT_Byte}
        made = gdal.GetDriverByName("GTiff").Create(path, width, height, len(bands), types[bands[0].dtype.name],
                                                    ["TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128"])
        if transform or gcps:
            reference = osr.SpatialReference()
            reference.ImportFromEPSG(32633)
        if gcps:
            made.SetGCPs(gcps, reference)
        elif transform:
            made.SetSpatialRef(reference)
            made.SetGeoTransform(transform)
        if rpc:
            made.SetMetadata(rpc, "RPC")
        made.SetMetadataItem("TIFFTAG_DATETIME", "2026:06:21 10:05:31")
        for number, array in enumerate(bands, 1):
            made.GetRasterBand(number).WriteArray(array)
            made.GetRasterBand(number).SetNoDataValue(nodata)
        made = None
        vrt = gdal.GetDriverByName("VRT").CreateCopy(os.path.join(self.work, "scene.vrt"), gdal.Open(path))
        for number in range(1, len(bands) + 1):
            if scale is not None:
                vrt.GetRasterBand(number).SetScale(scale)
            if offset is not None:
                vrt.GetRasterBand(number).SetOffset(offset)
        self.width, self.height = width, height

    def batch(self, run, tiles, step="ndvi", previous="", window="core", token="swath-t1", attempt=1, prepared="",
              made_by="", earlier_made="", polygons="", tasks=1, bind_gpu="", per_task=1, time_limit=60):
        """`per_task`: how many tiles a task makes. `made_by`: the token of the batch that made the output of the step before. `tasks`: processes of this machine."""
        batch = os.path.join(self.work, token)
        for name in ("logs", "evidence", "bin"):
            os.makedirs(os.path.join(batch, name), exist_ok=True)
        if not os.path.exists(run):  # a script's text
            text, run = run, os.path.join(batch, "bin", "run.sh")
            with open(run, "w") as file:
                file.write("#!/bin/bash\n" + text)
            os.chmod(run, 0o750)
        with open(os.path.join(RESOURCES, "job.sh.template")) as file:
            job = file.read()
        values = {"DIRECTIVES": "#SBATCH --job-name=" + token, "TOKEN": token, "SCENE": "S1", "RECIPE": "r",
                  "STEP": step, "WORK": shlex.quote(self.work), "BATCH": shlex.quote(batch), "RUN": shlex.quote(run),
                  "TOOLS": shlex.quote(RESOURCES), "PROFILE": self.profile if window == "core" and step != "assemble" else "",
                  "OUTPUT_WINDOW": window, "PREVIOUS": previous, "PREPARED": prepared, "EARLIER_MADE": earlier_made,
                  "POLYGONS": polygons, "MODEL": shlex.quote(self.model[0]), "MODEL_SHA": self.model[1],
                  "MODEL_MARGIN": self.model[2], "TASKS": str(tasks), "DEVICE": "cpu", "BIND_GPU": bind_gpu, "TIME_LIMIT": str(time_limit),
                  "PER_TASK": str(per_task), "LINES": str(len(tiles)),
                  "SRUN": f"--ntasks={tasks}" if tasks > 1 else ""}
        for name, value in values.items():
            job = job.replace("@" + name + "@", value)
        with open(os.path.join(batch, "job.sh"), "w") as file:
            file.write(job)
        with open(os.path.join(batch, "tiles.tsv"), "w") as file:
            for number, tile in enumerate(tiles):
                earlier = f"{previous} {made_by}/evidence/{number}.json" if previous else ""
                file.write("\t".join(map(str, (number, attempt) + tuple(tile) + (earlier,))) + "\n")
        return batch

    def start(self, batch, index=0, job=None, more={}, log="", **user):
        """`log`: what the name of the log begins with."""
        self.jobs += 1
        log = open(os.path.join(batch, "logs", f"{log}{index}.log"), "wb")
        self.addCleanup(log.close)
        return subprocess.Popen(
            ["/bin/bash", os.path.join(batch, "job.sh")], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            **user, env=dict(PATH="/nowhere", TMPDIR=self.scratch, SLURM_ARRAY_TASK_ID=str(index), SLURM_ARRAY_JOB_ID="1000",
                     SLURM_JOB_ID=job or str(self.jobs), SLURM_CPUS_PER_TASK="1", **{"SWATH_LOCAL_TASK": "test", **more}))

    def go(self, batch, index=0, job=None):
        """Runs one task to its end and gives its evidence, which must agree with its exit code."""
        evidence = self.end(self.start(batch, index, job), batch, index)
        self.assert_tidy()
        return evidence

    def end(self, task, batch, index):
        code, evidence = task.wait(60), self.evidence(batch, index)
        self.assertEqual(code, evidence["exit"], self.log(batch, index))
        return evidence

    def assert_tidy(self):
        self.assertEqual([], os.listdir(self.scratch), "scratch folders are removed")
        self.assertEqual([], glob.glob(glob.escape(self.work) + "/tiles/*/.[!.]*"), "temporary outputs are removed")

    def evidence(self, batch, index=0):
        path = os.path.join(batch, "evidence", f"{index}.json")
        self.assertTrue(os.path.exists(path), f"there is no evidence; the log: {self.log(batch, index)}")
        with open(path) as file:
            evidence = json.load(file)
        self.assertEqual(EVIDENCE_KEYS, set(evidence))
        return evidence

    def log(self, batch, index=0):
        with open(os.path.join(batch, "logs", f"{index}.log"), errors="replace") as file:
            return file.read()

    def path(self, *names):
        return os.path.join(self.work, *names)

    def run_all(self, batch, tiles):
        """Every task of the batch, a few at once as on a cluster; their outcomes, none of them bad."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            ends = list(pool.map(lambda index: self.end(self.start(batch, index), batch, index), range(len(tiles))))
        self.assert_tidy()
        for index, evidence in enumerate(ends):
            self.assertIn(evidence["outcome"], ("ok", "empty"), self.log(batch, index))
        return [evidence["outcome"] for evidence in ends]

    def stitch(self, tiles, bands, step, fill):
        whole = np.full((bands, self.height, self.width), fill)
        for number, (*_, x, y, w, h) in enumerate(tiles):
            path = self.path("tiles", step, f"{number}.tif")
            if os.path.exists(path):
                whole[:, y:y + h, x:x + w] = gdal.Open(path).ReadAsArray().reshape(bands, h, w)
            else:
                self.assertTrue(os.path.exists(self.path("tiles", step, f"{number}.empty")))
        return whole

    def assemble(self, step, tiles, output=None, compared="", tasks=1, **plan):
        batch = self.batch(os.path.join(RESOURCES, "assemble.py"), [(0, 0, self.width, self.height) * 2],
                           step="assemble", token="swath-a%d" % self.jobs, attempt=self.jobs,
                           polygons="1" if plan.get("polygons") else "", tasks=tasks)
        with open(os.path.join(batch, "mosaic.json"), "w") as file:
            json.dump(dict({"step": step, "width": self.width, "height": self.height, "tiles": "mosaic.tsv",
                            "product": "S1_r", "preview": True, "compress": "DEFLATE", "resampling": "AVERAGE",
                            "output": output}, **plan), file)
        with open(os.path.join(batch, "mosaic.tsv"), "w") as file:
            for number, (*_, x, y, w, h) in enumerate(tiles):
                file.write("\t".join(map(str, (number, x, y, w, h, compared.format(number)))) + "\n")
        evidence = self.go(batch)
        product = os.path.join(batch, "product/product.json")
        if not os.path.exists(product):
            return evidence, None, batch
        with open(product) as file:
            return evidence, json.load(file), batch
