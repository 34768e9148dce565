"""The parts of night.sh: makes the recipes, has one night, and prints the table of all nights.

makespan     seconds from the drop of the scenes until the last task and the last job beside have ended
urgent       from the acceptance of an urgent scene until its first task starts: mean and 95th percentile
whole node   from sbatch of a job that needs a whole node until it starts: mean
killed       tasks that were killed at their limit of memory or of time
CPU, GPU     what was allocated to tasks and jobs, as a part of all CPUs (shares of GPUs) over the makespan
asked/used   memory and time that the ended tasks asked for, as a multiple of what they used
backfilled   jobs that slurmctld has started by backfill, by sdiag
commands     commands that Swath sent to the cluster, for each 1,000 tasks
"""
import argparse
import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

CPUS, SHARDS = 12, 16
# name: tiles in a row and in a column, median seconds, sigma, median MiB, guess MiB, guess minutes, share of a GPU
KINDS = {
    "flat": (6, 5, 3, 0.5, 120, 2600, 3, 0),
    "hill": (6, 4, 6, 0.6, 220, 3900, 4, 0),
    "town": (5, 4, 10, 0.6, 320, 3900, 5, 0),
    "coast": (4, 3, 20, 0.5, 250, 1900, 8, 0),
    "ice": (4, 2, 40, 0.5, 450, 300, 15, 0),
    "sea": (6, 4, 6, 0.4, 150, 1500, 4, 0.5),
    "fire": (2, 1, 4, 0.2, 100, 400, 2, 0),
}
URGENT = "fire"
WHOLE_NODE_SECONDS = 40
RECIPE = """description: For the benchmark night.sh, sleeps and holds memory
accepts: {{ bands: [1] }}
tile: {{ size: 64, skip-empty: false }}
steps:
  - name: {name}
    run: tile.py
    device: {device}{gpu}
    request: {{ cpus: 1, memory: {mib}M, time: {minutes}m }}
output: {{ type: Byte, nodata: 0, bands: 1 }}
assemble: {{ preview: false }}
retries: 4
"""
SCRIPT = """#!/usr/bin/python3
import math
import os
import random
import subprocess
import time

r = random.Random(os.environ["SWATH_RECIPE"] + "/" + os.environ["SWATH_TILE"])
seconds = min(120.0, max(1.0, {seconds} * math.exp(r.gauss(0, {sigma}))))
ballast = b"x" * (int({mib} * math.exp(r.gauss(0, 0.1))) << 20)
window = [os.environ["SWATH_CORE_" + side] for side in ("X", "Y", "WIDTH", "HEIGHT")]
subprocess.run(["gdal_translate", "-q", "-of", "GTiff", "-srcwin", *window, os.environ["SWATH_INPUT"],
                os.environ["SWATH_OUTPUT"]], check=True)
time.sleep(seconds)
"""


def arguments():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    recipes = commands.add_parser("recipes")
    recipes.add_argument("folder", type=Path)
    one = commands.add_parser("night")
    for name in ("round", "storage", "state", "lab", "port", "console", "scene", "out"):
        one.add_argument("--" + name, required=True)
    one.add_argument("submit", nargs="+")
    for parts in (recipes, one):
        parts.add_argument("--way", required=True)
        parts.add_argument("--short", action="store_true")
    commands.add_parser("table").add_argument("file")
    return parser.parse_args()


def make_recipes():
    for name, (_, _, seconds, sigma, mib, guess, minutes, gpu) in KINDS.items():
        folder = given.folder / name
        folder.mkdir(parents=True)
        if given.way == "default":
            guess, minutes = max(guess, 3900) if name not in (URGENT, "ice") else guess, 10
        (folder / "recipe.yaml").write_text(RECIPE.format(
            name=name, mib=guess, minutes=minutes, device="gpu" if gpu else "cpu", gpu=f"\n    gpu: {gpu}" if gpu else ""))
        script = folder / "tile.py"
        script.write_text(SCRIPT.format(seconds=seconds / (4 if given.short else 1), sigma=sigma, mib=mib))
        script.chmod(0o755)


def ssh(command, script=""):
    line = ["ssh", "-F", "none", "-i", f"{given.lab}/keys/id_ed25519", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
            "-o", f"UserKnownHostsFile={given.lab}/keys/known_hosts", "-p", given.port, "swath@127.0.0.1", command]
    return subprocess.run(line, input=script, text=True, check=True, stdout=subprocess.PIPE).stdout


def backfilled():
    return int(re.search(r"Total backfilled jobs \(since last slurm start\): (\d+)", ssh("sdiag")).group(1))


def commands():
    with urllib.request.urlopen(f"http://{given.console}/observe/metrics") as answer:
        text = answer.read().decode()
    return sum(float(value) for value in re.findall(r"^swath_cluster_commands_total(?:\{.*\})? (\S+)", text, re.MULTILINE))


def ledger(query, *values):
    connection = sqlite3.connect(f"{given.state}/ledger.db", timeout=60)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


def make(kind, number):
    """A scene, not in an inbox yet. Its content differs from that of all others by its seed."""
    columns, rows = KINDS[kind][:2]
    path = f"{given.storage}/{kind}-{given.way}-{number}.tif"
    seed = list(KINDS).index(kind) * 1000 + number + (500 if given.way == "again" else 0)
    subprocess.run(["/usr/bin/python3", given.scene, "blank", path, str(columns * 64), str(rows * 64), "64", str(seed)], check=True)
    return path


def drop(path, kind):
    name = os.path.basename(path)
    os.rename(path, f"{given.storage}/inbox/{kind}/{name}")
    open(f"{given.storage}/inbox/{kind}/{name}.done", "w").close()


def whole_node_job(begun):
    """A job beside: before the tasks of the night, behind urgent ones."""
    return ssh(f"sbatch --parsable --nodes=1 --exclusive --mem=0 --nice=50 --time=1 --comment={begun:.0f} --output=/dev/null",
               f"#!/bin/bash\nsleep {WHOLE_NODE_SECONDS // (4 if given.short else 1)}\n").strip()


def at(begun, seconds):
    time.sleep(max(0, begun + seconds / (3 if given.short else 1) - time.time()))


def night():
    kinds = [kind for kind in KINDS if kind != URGENT]
    night_scenes = {kind: make(kind, 1) for kind in kinds}
    urgent_scenes = [make(URGENT, number) for number in range(1, 7)]
    since = ledger("select coalesce(max(rowid), 0) from scene")[0][0]
    before = backfilled(), commands()
    begun = time.time()
    for kind, path in night_scenes.items():
        drop(path, kind)
    jobs, submits = [], []
    for number, path in enumerate(urgent_scenes):
        at(begun, 15 + 15 * number)
        submits.append(subprocess.Popen([*given.submit, "--recipe", URGENT, "--priority", "urgent", path],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        if number % 2 == 0:
            jobs.append(whole_node_job(begun))
    if any(submit.wait() for submit in submits):
        sys.exit("an urgent scene was not accepted")
    wanted = len(night_scenes) + len(urgent_scenes)
    while True:
        states = dict(ledger("select state, count(*) from scene where rowid > ? group by state", since))
        if states.get("DELIVERED", 0) == wanted:
            break
        if states.get("FAILED", 0) or time.time() - begun > 900:
            sys.exit(f"after {time.time() - begun:.0f} s, the scenes are {states}, not {wanted} DELIVERED")
        time.sleep(0.5)
    while True:
        rows = [row.split("|") for row in ssh("SLURM_TIME_FORMAT=%s sacct -X -n -P -o JobID,State,Submit,Start,End,ElapsedRaw,NCPUS -j "
                                              + ",".join(jobs)).split()]
        if all(row[1] == "COMPLETED" for row in rows):
            break
        time.sleep(1)
    print(json.dumps(measured(begun, since, rows, before)), file=open(given.out, "a", encoding="ascii"))


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def measured(begun, since, jobs, before):
    runs = ledger("select s.recipe, s.priority, r.tile, r.state, coalesce(r.cause, ''), r.started_at / 1000.0, r.ended_at / 1000.0,"
                  " r.elapsed_s, b.cpus, b.shards, b.memory_mib, b.time_s, r.memory_kib, b.partition_"
                  " from run r join batch b on b.token = r.token join scene s on s.id = b.scene_id where s.rowid > ?", since)
    makespan = max([run[6] for run in runs] + [float(job[4]) for job in jobs]) - begun
    waits = [row[0] for row in ledger(
        "select (select min(r.started_at) from run r where r.scene_id = s.id and r.started_at is not null) / 1000.0"
        " - (select min(h.at) from scene_history h where h.scene_id = s.id and h.state = 'ACCEPTED') / 1000.0"
        " from scene s where s.rowid > ? and s.priority = 'URGENT'", since)]
    on_cpu = [run for run in runs if run[13] == "cpu"]
    good = [run for run in runs if run[3] == "SUCCEEDED" and run[2] >= 0 and run[7] is not None and run[12]]
    used = sum(run[12] / 1024 * max(1, run[7]) for run in good)
    return {
        "way": given.way, "round": int(given.round), "makespan": makespan,
        "urgent": statistics.mean(waits), "urgent95": percentile(waits, 0.95),
        "whole": statistics.mean(float(job[3]) - float(job[2]) for job in jobs),
        "killed": sum(run[4] in ("OUT_OF_MEMORY", "TIMEOUT") for run in runs), "tasks": len(runs),
        "cpu": (sum((run[7] or 0) * run[8] for run in on_cpu) + sum(int(job[5]) * int(job[6]) for job in jobs)) / CPUS / makespan,
        "gpu": sum((run[7] or 0) * run[9] for run in runs) / SHARDS / makespan,
        "memory": sum(run[10] * max(1, run[7]) for run in good) / used,
        "time": sum(run[11] for run in good) / sum(max(1, run[7]) for run in good),
        "backfilled": backfilled() - before[0],
        "commands": 1000 * (commands() - before[1]) / len(runs),
    }


def table():
    with open(given.file, encoding="ascii") as file:
        nights = [json.loads(line) for line in file]
    head = f"{'way':8} {'round':>6} {'makespan':>8} {'urgent':>7} {'95 %':>6} {'whole node':>10} {'killed':>9}" \
           f" {'CPU':>5} {'GPU':>5} {'memory':>7} {'time':>6} {'backfilled':>10} {'commands':>8}"
    print(head)
    for way in ("default", "guess", "learned", "again"):
        mine = [each for each in nights if each["way"] == way]
        for each in mine:
            print(line(way, str(each["round"]), each))
        if mine:
            middle = {key: statistics.median(each[key] for each in mine) for key in mine[0] if key not in ("way", "round")}
            print(line(way, "median", middle))


def line(way, label, m):
    return (f"{way:8} {label:>6} {m['makespan']:8.0f} {m['urgent']:7.1f} {m['urgent95']:6.1f} {m['whole']:10.1f}"
            f" {m['killed']:4.0f}/{m['tasks']:4.0f} {m['cpu']:5.0%} {m['gpu']:5.0%} {m['memory']:7.2f} {m['time']:6.1f}"
            f" {m['backfilled']:10.0f} {m['commands']:8.0f}")


given = arguments()
{"recipes": make_recipes, "night": night, "table": table}[given.command]()
