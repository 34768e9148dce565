"""Drops scenes into an inbox and prints how they flow; see flow.sh. Times are in seconds, by Swath's ledger.

alone    one scene with its marker, nothing else to do: from the drop until it is accepted, planned, submitted, the task
         started and ended, all tiles done (assembling), the assembly ended (made), delivered
many     scenes dropped at once, with markers: from the drop until all are delivered; Swath's CPU time for each
urgent   a scene that is submitted as urgent when half of the many are accepted: from its acceptance, with the number of
         the other scenes that reached the same point before it
"""
import argparse
import os
import sqlite3
import subprocess
import sys
import time


def arguments():
    parser = argparse.ArgumentParser()
    for name in ("storage", "state", "scene"):
        parser.add_argument("--" + name, required=True)
    for name in ("pid", "scenes"):
        parser.add_argument("--" + name, required=True, type=int)
    parser.add_argument("submit", nargs="+")
    return parser.parse_args()


def cpu_seconds():
    with open(f"/proc/{given.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ledger(query, *values):
    connection = sqlite3.connect(f"{given.state}/ledger.db", timeout=60)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


def wait_until(query, *values):
    end = time.time() + 3600
    while not ledger(query, *values)[0][0]:
        if time.time() > end:
            sys.exit(f"not within an hour: {query}")
        time.sleep(0.2)


def make(name, seed):
    path = f"{given.storage}/{name}"
    subprocess.run(["/usr/bin/python3", given.scene, "blank", path, "64", "64", "64", str(seed)], check=True)
    return path


def drop(path):
    name = os.path.basename(path)
    os.rename(path, f"{given.storage}/inbox/noop/{name}")
    open(f"{given.storage}/inbox/noop/{name}.done", "w").close()


def points(name):
    """When each stage was through with a scene."""
    times = dict(ledger("select h.state, min(h.at) / 1000.0 from scene s join scene_history h on h.scene_id = s.id "
                        "where s.name = ? group by h.state", name))
    (times["submitted"],) = ledger("select b.submitted_at / 1000.0 from batch b join scene s on s.id = b.scene_id "
                                   "where s.name = ? and b.step = 'noop'", name)[0]
    times["started"], times["ended"] = ledger(
        "select r.started_at / 1000.0, r.ended_at / 1000.0 from run r join scene s on s.id = r.scene_id "
        "where s.name = ? and r.step = 'noop'", name)[0]
    (times["made"],) = ledger("select max(r.ended_at) / 1000.0 from run r join scene s on s.id = r.scene_id "
                              "where s.name = ? and r.tile = -1", name)[0]
    return times


def show(title, times, since, keys):
    print(f"{title:8}" + "".join(f" {key.lower()} {times[key] - since:.2f}" for key in keys), flush=True)


def main():
    for number in range(3):
        path = make(f"alone{number}.tif", 100_000 + number)
        dropped = time.time()
        drop(path)
        name = os.path.basename(path)
        wait_until("select count(*) from scene where name = ? and state = 'DELIVERED'", name)
        show("alone", points(name), dropped,
             ["ACCEPTED", "PLANNED", "submitted", "started", "ended", "ASSEMBLING", "made", "DELIVERED"])
    paths = [make(f"many{number}.tif", number) for number in range(given.scenes)]
    urgent = make("urgent.tif", 200_000)
    before = cpu_seconds()
    dropped = time.time()
    for path in paths:
        drop(path)
    wait_until("select count(*) >= ? from scene where name like 'many%'", given.scenes // 2)
    subprocess.run([*given.submit, "--recipe", "noop", "--priority", "urgent", urgent], check=True,
                   stdout=subprocess.DEVNULL)
    wait_until("select count(*) = ? from scene where state = 'DELIVERED' and (name like 'many%' or name = 'urgent.tif')",
               given.scenes + 1)
    (last,) = ledger("select max(changed_at) / 1000.0 from scene")[0]
    cpu = cpu_seconds() - before
    took = last - dropped
    print(f"many     {given.scenes} scenes in {took:.1f} s: {given.scenes / took * 60:.0f} a minute, "
          f"{cpu / given.scenes:.3f} CPU-seconds of Swath a scene")
    times = points("urgent.tif")
    show("urgent", times, times["ACCEPTED"], ["PLANNED", "submitted", "started", "ended", "ASSEMBLING", "made", "DELIVERED"])
    for state in ("PLANNED", "DELIVERED"):
        (before,) = ledger("select count(*) from scene_history where state = ? and at between ? and ?", state,
                           int(times["ACCEPTED"] * 1000), int(times[state] * 1000) - 1)[0]
        print(f"         {before} other scenes were {state} between its acceptance and its being {state}")


given = arguments()
main()
