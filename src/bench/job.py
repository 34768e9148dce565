#!/usr/bin/python3
"""Measures what job.sh costs: milliseconds of CPU for each tile whose script does nothing.

Usage: job.py [--rounds 5] [--tiles 30]. Each round makes the tiles once in one task, and once in a task for each tile, and
counts the CPU of all processes, also of those that nobody waits for. Prints the least of all rounds, because other programs of
the machine can only add to it. TMPDIR=/dev/shm leaves out what a disk adds: ext4 is slow to make a file where many were just
removed. Needs GDAL's Python bindings, as the nodes do.
"""
import argparse
import ctypes
import os
import resource
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../test/scripts"))
from tasks import ROOT, Tasks  # noqa: E402

PR_SET_CHILD_SUBREAPER = 36  # prctl(2): orphans become children of this process, so their CPU is counted too


def cpu_seconds():
    try:
        while True:
            os.wait()
    except ChildProcessError:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime


def milliseconds_a_tile(tiles, per_task):
    bench = Tasks()
    bench.setUp()
    try:
        batch = bench.batch(os.path.join(ROOT, "src/test/recipes/noop/noop.sh"), [(0, 0, 64, 64) * 2] * tiles, per_task=per_task)
        before = cpu_seconds()
        for index in range(-(-tiles // per_task)):
            if bench.start(batch, index, log="task-" if per_task > 1 else "").wait():
                sys.exit(f"task {index} has failed: {bench.log(batch, index)}")
        used = cpu_seconds() - before
        made = len(os.listdir(os.path.join(batch, "evidence")))
        if made != tiles:
            sys.exit(f"{made} of {tiles} tiles were made")
        return used * 1000 / tiles
    finally:
        bench.doCleanups()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tiles", type=int, default=30)
    given = parser.parse_args()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    for per_task in (given.tiles, 1):
        least = min(milliseconds_a_tile(given.tiles, per_task) for _ in range(given.rounds))
        print(f"{per_task:3} tiles in a task: {least:.1f} ms of CPU a tile")


main()
