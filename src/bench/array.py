"""Runs the rounds of array.sh, each through Swath and as a bare job array, and prints a table. Times are in seconds.

known     from the submission until all tasks are known to be done. Swath: from the record of the batch, just before
          sbatch, until the scene is ASSEMBLING in the ledger. Bare: from just before sbatch until sacct, which is run
          every 5 s, shows all tasks as completed
wall      from the drop of the scene, so it includes planning
last      from Slurm's submit time to the end of the last task, both from sacct (whole seconds)
cpu       Swath's CPU time in the round
commands  commands that were sent to the cluster
RPCs      requests of this user that slurmctld counted, from all programs that run as this user
"""
import argparse
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.request
from datetime import datetime

POLL = 5


def arguments():
    parser = argparse.ArgumentParser()
    for name in ("storage", "state", "console", "lab", "scene"):
        parser.add_argument("--" + name, required=True)
    for name in ("pid", "port", "rounds"):
        parser.add_argument("--" + name, required=True, type=int)
    parser.add_argument("sizes", nargs="+", type=int)
    return parser.parse_args()


def ssh(command, script=""):
    line = ["ssh", "-F", "none", "-i", f"{given.lab}/keys/id_ed25519", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
            "-o", f"UserKnownHostsFile={given.lab}/keys/known_hosts", "-p", str(given.port), "swath@127.0.0.1", command]
    return subprocess.run(line, input=script, text=True, check=True, stdout=subprocess.PIPE).stdout


def rpcs():
    found = re.search(r"^\s*swath\s*\(\s*\d+\)\s*count:(\d+)", ssh("sdiag"), re.MULTILINE)
    return int(found.group(1)) if found else 0


def commands():
    with urllib.request.urlopen(f"http://{given.console}/observe/metrics") as answer:
        text = answer.read().decode()
    return int(float(re.search(r"^swath_cluster_commands_total(?:\{.*\})? (\S+)", text, re.MULTILINE).group(1)))


def cpu_seconds():
    with open(f"/proc/{given.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib():
    with open(f"/proc/{given.pid}/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) // 1024


def ledger(query, *values):
    connection = sqlite3.connect(f"{given.state}/ledger.db", timeout=30)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


def last_end(selection, size):
    """Seconds from the submission to the end of the last task in sacct. Exits if sacct does not show all as completed."""
    rows = [row.split("|") for row in ssh(f"sacct -n -P -X -S now-1hour -E now {selection} -o JobID,State,Submit,End").split()]
    if len(rows) != size or any(row[1] != "COMPLETED" for row in rows):
        sys.exit(f"sacct has {len(rows)} tasks of {size}, in the states {sorted({row[1] for row in rows})}")
    submitted = min(datetime.fromisoformat(row[2]) for row in rows)
    return (max(datetime.fromisoformat(row[3]) for row in rows) - submitted).total_seconds()


def through_swath(size, number):
    rows = max(n for n in range(1, int(size**0.5) + 1) if size % n == 0)
    name = f"bench-{size}-{number}.tif"
    scene = f"{given.storage}/{name}"
    subprocess.run(["/usr/bin/python3", given.scene, "blank", scene, str(size // rows * 64), str(rows * 64), "64", str(number)],
                   check=True)
    before = rpcs(), commands(), cpu_seconds()
    dropped = time.time()
    os.rename(scene, f"{given.storage}/inbox/noop/{name}")
    open(f"{given.storage}/inbox/noop/{name}.done", "w").close()
    query = ("select h.at from scene s join scene_history h on h.scene_id = s.id "
             "where s.name = ? and h.state = 'ASSEMBLING'")
    while not (done := ledger(query, name)):
        if time.time() - dropped > 900:
            sys.exit(f"{name} is not done after 15 minutes")
        time.sleep(0.2)
    after = rpcs(), commands(), cpu_seconds()
    arrays = ledger("select token, created_at, size, (size + per_task - 1) / per_task from batch where step = 'noop' and scene_id = "
                    "(select id from scene where name = ?) order by number", name)
    known = (done[0][0] - arrays[0][1]) / 1000
    print(f"{name}: arrays of", *[f"{tiles} tiles in {tasks} tasks" for _, _, tiles, tasks in arrays], file=sys.stderr)
    wall = done[0][0] / 1000 - dropped
    # One of the RPCs is the benchmark's own sdiag.
    measured = {"rpcs": after[0] - before[0] - 1, "commands": after[1] - before[1], "cpu": after[2] - before[2]}
    result = {"known": known, "wall": wall, "last": last_end("--name=" + ",".join(array[0] for array in arrays), sum(array[3] for array in arrays)), "peak": peak_mib(), **measured}
    while not ledger("select 1 from scene where name = ? and state = 'DELIVERED'", name):
        time.sleep(0.2)  # so that its assembly does not run in the next round
    return result


def bare(size):
    started = time.time()
    job = ssh(f"sbatch --parsable --array=0-{size - 1} --mem=100 --output=/dev/null", "#!/bin/bash\n:\n").strip()
    polls = 0
    while True:
        time.sleep(POLL)
        polls += 1
        states = ssh(f"sacct -X -n -P -j {job} -o JobID,State").split()
        if sum(row.endswith("|COMPLETED") for row in states) == size:
            break
    return {"known": time.time() - started, "last": last_end(f"-j {job}", size), "commands": polls + 1}


def main():
    print(f"{'N':>5} {'round':>5} {'way':>6} {'known':>7} {'wall':>7} {'last':>6} {'cpu':>6} {'commands':>8} {'RPCs':>5}")
    for size in given.sizes:
        known = {"swath": [], "bare": []}
        for number in range(1, given.rounds + 1):
            for way in ("swath", "bare"):
                result = through_swath(size, number) if way == "swath" else bare(size)
                known[way].append(result["known"])
                cell = lambda key, width, form: f"{result[key]:{width}{form}}" if key in result else " " * (width - 1) + "-"
                print(f"{size:5} {number:5} {way:>6}", cell("known", 7, ".1f"), cell("wall", 7, ".1f"),
                      cell("last", 6, ".0f"), cell("cpu", 6, ".1f"), cell("commands", 8, "d"), cell("rpcs", 5, "d"), flush=True)
        middle = {way: sorted(times)[len(times) // 2] for way, times in known.items()}
        print(f"{size:5} tiles: Swath knows after {middle['swath']:.1f} s, a bare array's owner after {middle['bare']:.1f} s "
              f"(medians); ratio {middle['swath'] / middle['bare']:.2f}")
    print(f"Swath's peak of resident memory: {peak_mib()} MiB")


given = arguments()
main()
