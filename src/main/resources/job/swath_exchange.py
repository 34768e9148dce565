"""For the scripts of steps with several tasks (`request: { tasks: 4 }`): arrays that each task gives to the others.

    exchange.put("sums-1", sums)                       # this task's
    for task in range(exchange.TASKS):
        total += exchange.get("sums-1", task)          # waits for the other task

Each name is used once. The folder lies on the storage, where all nodes of the step see it, and is removed after the step. A
task waits for another one no longer than the step may run; when another task fails, Slurm ends this one too.
"""
import os
import sys
import time

import numpy as np

TASK, TASKS = int(os.environ.get("SWATH_TASK", "0")), int(os.environ.get("SWATH_TASKS", "1"))
FOLDER = os.environ.get("SWATH_EXCHANGE", ".")
LONGEST = float(os.environ.get("SWATH_TIME_LIMIT", "3600"))  # seconds
LONGEST_PAUSE = 0.5


def path(name, task):
    return os.path.join(FOLDER, f"{name}.{task}.npy")


def put(name, array):
    """Gives an array to the other tasks. It is written aside and renamed, so none of them sees a part of it."""
    aside = path("." + name, TASK)
    with open(aside, "wb") as file:
        np.save(file, array, allow_pickle=False)
    os.rename(aside, path(name, TASK))


def get(name, task):
    """The array that a task has put, when it is there."""
    end, pause = time.monotonic() + LONGEST, 0.005
    while True:
        try:
            return np.load(path(name, task), allow_pickle=False)
        except FileNotFoundError:
            if time.monotonic() > end:
                sys.exit(f"task {task} has not given {name} within {LONGEST:.0f} s")
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
        look_again()


def look_again():
    """An NFS client believes for up to 30 s that a name is not there (nfs(5), acdirmin), unless it has changed the folder itself."""
    probe = os.path.join(FOLDER, f".probe.{TASK}")
    with open(probe, "w"):
        pass
    os.remove(probe)


def mine(items):
    """The items that this task works on: the tasks take them in turn."""
    return list(items)[TASK::TASKS]
