#!/usr/bin/env python3
"""Measures the GPU memory of the shipped recipe `texture`, as the tasks do it (gpu.sh), for tiles of made-up pixels.

Usage: src/bench/gpu.py [SIDE ...]      (default: 1024 2048 4096)

Needs a GPU, nvidia-smi, numpy, and CuPy or PyTorch for the Python that runs this; no GDAL. One line a tile: its side, seconds,
what gpu.sh says (MiB of GPU memory, MiB of the GPU, percent of the time in use, how that was measured), and what swath_gpu.py
says (MiB, MiB of the GPU).
"""
import os
import subprocess
import sys
import tempfile
import time

HOME = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
# The module that the recipe reads pixels with, without files: only what happens on the GPU counts here.
PIXELS = '''
import os
import sys
import numpy as np
import swath_gpu
SIDE = int(os.environ["SIDE"])

class Band:
    def __init__(self):
        self.pixels = np.random.RandomState(1).randint(1, 4000, (SIDE, SIDE)).astype(np.uint16)
    def GetScale(self): return None
    def GetOffset(self): return None
    def GetMaskBand(self): return self
    def ReadAsArray(self, x, y, width, height): return self.pixels[y:y + height, x:x + width].copy()

class Scene:
    RasterXSize = RasterYSize = SIDE
    band = Band()
    def GetRasterBand(self, number): return self.band

class Tile:
    def __init__(self, scene, kind, nodata, names): pass
    def __enter__(self): return self
    def __exit__(self, *error): swath_gpu.report()
    def strips(self): return [(0, y, SIDE, min(512, SIDE - y)) for y in range(0, SIDE, 512)]
    def write(self, values, y): pass

def scene(path=None): return Scene()
def note(text): print(text, file=sys.stderr)
'''


def measure(side, folder):
    env = dict(os.environ, SIDE=str(side), PYTHONPATH=f"{folder}:{HOME}/src/main/resources/job", PYTHONDONTWRITEBYTECODE="1", OMP_NUM_THREADS="1")
    found, own = os.path.join(folder, f"gpu.{side}"), os.path.join(folder, f"own.{side}")
    env.update(SWATH_GPU_MEMORY=own, CUDA_VISIBLE_DEVICES=env.get("CUDA_VISIBLE_DEVICES", "0"))
    began = time.time()
    task = subprocess.Popen([sys.executable, f"{HOME}/config/recipes/texture/texture.py"], env=env)
    with open(found, "w") as lines:
        watch = subprocess.Popen(["bash", f"{HOME}/src/main/resources/job/gpu.sh", str(task.pid)], stdin=subprocess.PIPE,
                                 stdout=lines)
    status = task.wait()
    took = time.time() - began
    watch.stdin.close()
    watch.wait()
    print(f"{side}: exit {status}, {took:.1f} s; gpu.sh: {content(found)}; swath_gpu: {content(own)}", flush=True)


def content(path):
    if not os.path.exists(path):
        return "nothing"
    with open(path) as file:
        return file.read().strip().split("\n")[-1] or "nothing"


with tempfile.TemporaryDirectory() as scratch:
    with open(os.path.join(scratch, "swath_tile.py"), "w") as module:
        module.write(PIXELS)
    for each in sys.argv[1:] or ["1024", "2048", "4096"]:
        measure(int(each), scratch)
