"""Runs the rounds of scene.sh and prints a table. Seconds are from the drop (from the marker), CPU in seconds.

accepted  planned  first task  last task  assembled  delivered    when each was so
tiles  assembly    CPU of the jobs, as Swath's accounting has it
swath              CPU of Swath itself and of what it starts beside the jobs
peak               the most memory: of Swath, of one tile's task, of the assembly, of plain GDAL
"""
import argparse
import os
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
import time

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
NODATA, PREVIEW = -32768, 1024
MOST_SECONDS = 3600
INDEX = "rint((B.astype(float) - A) / maximum(B.astype(float) + A, 1) * 10000)"
CALC = f"where((A != 0) & (B != 0), clip({INDEX}, -10000, 10000), {NODATA})"


def arguments():
    parser = argparse.ArgumentParser()
    for name in ("scene", "storage", "state", "cluster"):
        parser.add_argument("--" + name, required=True)
    for name in ("pid", "rounds"):
        parser.add_argument("--" + name, required=True, type=int)
    return parser.parse_args()


def ledger(query, *values):
    connection = sqlite3.connect(f"{given.state}/ledger.db", timeout=30)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


def cpu_seconds():
    """Of Swath and of the processes that it started and that have ended: with `local`, the jobs are among these."""
    with open(f"/proc/{given.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def peak_mib():
    with open(f"/proc/{given.pid}/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) // 1024


def through_swath(number):
    name = f"round-{number}.tif"
    inbox = f"{given.storage}/inbox/ndvi"
    part = f"{inbox}/{name}.part"
    shutil.copyfile(given.scene, part)
    gdal.Open(part, gdal.GA_Update).SetMetadataItem("TIFFTAG_SOFTWARE", name)  # the same content would not be accepted again
    with open(part) as file:
        os.fsync(file.fileno())  # the sender's part
    os.rename(part, f"{inbox}/{name}")
    before, dropped = cpu_seconds(), time.time()
    open(f"{inbox}/{name}.done", "w").close()
    while not (found := ledger("select id, state, reason from scene where name = ?", name)) or found[0][1] != "DELIVERED":
        if found and found[0][1] in ("REJECTED", "FAILED") or time.time() > dropped + MOST_SECONDS:
            sys.exit(f"{name} was not delivered: {found}")
        time.sleep(0.05)
    scene = found[0][0]
    time.sleep(1)  # what Swath does after the delivery belongs to the scene
    used = cpu_seconds() - before
    at = {state: when / 1000 - dropped for state, when in
          ledger("select state, min(at) from scene_history where scene_id = ? group by state", scene)}
    runs = dict((step == "assemble", row) for step, *row in ledger(
        "select step, min(started_at), max(ended_at), sum(cpu_ms), max(memory_kib) from run where scene_id = ?"
        " and step in ('ndvi', 'assemble') group by step", scene))
    (first, last, tile_cpu, tile_kib), (_, assembled, assembly_cpu, assembly_kib) = runs[False], runs[True]
    jobs = (tile_cpu + assembly_cpu) / 1000
    own = used - jobs if given.cluster == "local" else used
    product, = (os.path.join(folder, file) for folder, _, files in os.walk(f"{given.storage}/delivered/{scene}")
                for file in files if file.endswith(".tif"))
    return {"accepted": at["ACCEPTED"], "planned": at["PLANNED"], "first": first / 1000 - dropped, "last": last / 1000 - dropped,
            "assembled": assembled / 1000 - dropped, "wall": at["DELIVERED"], "tiles": tile_cpu / 1000,
            "assembly": assembly_cpu / 1000, "own": own, "cpu": jobs + own, "product": product,
            "peak": f"Swath {peak_mib()}, tile {tile_kib // 1024}, assembly {assembly_kib // 1024} MiB"}


def plain():
    """The index, the COG and the preview by GDAL's own tools, in a process of its own, with what GDAL does by default."""
    folder = os.path.dirname(given.scene)
    script = f"""
from osgeo import gdal
from osgeo_utils import gdal_calc
gdal.UseExceptions()
gdal_calc.Calc({CALC!r}, A={given.scene!r}, A_band=3, B={given.scene!r}, B_band=4, outfile="{folder}/index.tif", overwrite=True,
               type="Int16", NoDataValue={NODATA}, creation_options=["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512"], quiet=True)
gdal.Translate("{folder}/plain.tif", "{folder}/index.tif", format="COG", creationOptions=[
    "COMPRESS=DEFLATE", "PREDICTOR=YES", "OVERVIEW_RESAMPLING=AVERAGE"])
gdal.Translate("{folder}/plain.png", "{folder}/plain.tif", format="PNG", width={PREVIEW}, outputType=gdal.GDT_Byte, noData="none",
               scaleParams=[[-10000, 10000, 1, 255]])
"""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    child = subprocess.Popen(["/usr/bin/python3", "-c", script])
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit("plain GDAL failed")
    return {"wall": time.time() - started, "cpu": usage.ru_utime + usage.ru_stime, "peak": f"{usage.ru_maxrss // 1024} MiB",
            "product": f"{folder}/plain.tif"}


def compare(one, other):
    """Exits unless both products have the same pixels."""
    one, other = gdal.Open(one), gdal.Open(other)
    for row in range(0, other.RasterYSize, 512):
        window = 0, row, other.RasterXSize, min(512, other.RasterYSize - row)
        different = np.count_nonzero(one.ReadAsArray(*window) != other.ReadAsArray(*window))
        if different:
            sys.exit(f"the products differ in {different} pixels of the rows from {row}")


def main():
    stages = ("accepted", "planned", "first", "last", "assembled")
    print(f"{'round':>5} {'way':>5} " + " ".join(f"{stage:>9}" for stage in stages)
          + f" {'wall':>7} | CPU {'tiles':>6} {'assembly':>8} {'swath':>6} {'all':>7} | peak")
    found = {"swath": [], "plain": []}
    for number in range(1, given.rounds + 1):
        made = through_swath(number)
        print(f"{number:5} swath " + " ".join(f"{made[stage]:9.2f}" for stage in stages)
              + f" {made['wall']:7.2f} |     {made['tiles']:6.2f} {made['assembly']:8.2f} {made['own']:6.2f} {made['cpu']:7.2f} | {made['peak']}",
              flush=True)
        usual = plain()
        print(f"{number:5} plain " + " " * 10 * len(stages) + f"{usual['wall']:7.2f} |     {'':22} {usual['cpu']:7.2f} | {usual['peak']}",
              flush=True)
        if number == 1:
            compare(made["product"], usual["product"])
        shutil.rmtree(os.path.dirname(os.path.dirname(made["product"])))
        found["swath"].append(made)
        found["plain"].append(usual)
    middle = {(way, key): sorted(one[key] for one in found[way])[given.rounds // 2] for way in found for key in ("wall", "cpu")}
    size = gdal.Open(given.scene).RasterXSize
    print(f"{size} x {size}: Swath to plain GDAL: wall {middle['swath', 'wall'] / middle['plain', 'wall']:.2f}, "
          f"CPU {middle['swath', 'cpu'] / middle['plain', 'cpu']:.2f}")


given = arguments()
main()
