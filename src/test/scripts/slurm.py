#!/usr/bin/python3
"""The Slurm commands that Swath uses, as one script that runs jobs on this machine. Copied under the names of the
commands, it keeps its jobs in the folder jobs/ beside them. Each sbatch adds the job's name to the file submitted."""

import fcntl
import json
import os
import pwd
import re
import subprocess
import sys
import time

HOME = os.path.dirname(os.path.abspath(sys.argv[0]))
JOBS = os.path.join(HOME, "jobs")
USER = pwd.getpwuid(os.getuid()).pw_name
ENDED = ("COMPLETED", "FAILED", "CANCELLED")


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())


def save(name, what):
    part = os.path.join(JOBS, f".{name}.{os.getpid()}")
    with open(part, "w", encoding="utf-8") as file:
        json.dump(what, file)
    os.rename(part, os.path.join(JOBS, name))


def load(name):
    with open(os.path.join(JOBS, name), encoding="utf-8") as file:
        return json.load(file)


def jobs():
    return [load(name) for name in sorted(os.listdir(JOBS), key=len) if name.isdigit()]


def tasks(job):
    """A job's tasks by index. A task without a file of its own has not started."""
    pending = {"state": "PENDING", "exit": 0, "start": "Unknown", "end": "Unknown"}
    for index in range(job["size"]):
        name = f"{job['id']}_{index}"
        yield name, load(name) if os.path.exists(os.path.join(JOBS, name)) else pending


def sbatch(arguments):
    if "--test-only" in arguments:
        print("sbatch: Job 1 to start at 2026-01-01T00:00:00 using 1 processors on nodes here in partition cpu", file=sys.stderr)
        return
    script = arguments[-1]
    with open(script, encoding="utf-8") as file:
        text = file.read()
    token = re.search(r"--job-name=(\S+)", text)[1]
    after = [word for one in arguments if one.startswith("--dependency=") for word in one.split(":")[1:]]
    with open(os.path.join(HOME, "submitted"), "a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(token + "\n")
        job = {
            "id": str(max([int(one["id"]) for one in jobs()], default=0) + 1),
            "token": token,
            "size": int(re.search(r"--array=0-(\d+)", text)[1]) + 1,
            "log": re.search(r'--output="?([^"\n]+)', text)[1],
            "script": script,
            "after": after,
            "submit": now(),
        }
        save(job["id"], job)
    subprocess.Popen(
        [sys.executable, sys.argv[0], "--work", job["id"]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    print(job["id"])


def raw(name):
    """A task's own job id, as its environment and the accounting have it."""
    number, index = name.split("_")
    return f"{number}{int(index):04}"


def work(number):
    """Runs a job's tasks one after the other, after the jobs that it waits for have ended."""
    job = load(number)
    while any(task["state"] not in ENDED for one in job["after"] for _, task in tasks(load(one))):
        time.sleep(0.1)
    for index in range(job["size"]):
        name = f"{number}_{index}"
        task = {"state": "RUNNING", "exit": 0, "start": now(), "end": "Unknown"}
        save(name, task)
        log = job["log"].replace("%a", str(index)).replace("%A", number)
        with open(log, "ab") as out:
            task["exit"] = subprocess.call(
                ["bash", job["script"]],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={
                    **os.environ,
                    "SLURM_ARRAY_JOB_ID": number,
                    "SLURM_ARRAY_TASK_ID": str(index),
                    "SLURM_JOB_ID": raw(name),
                },
            )
        task["state"] = "FAILED" if task["exit"] else "COMPLETED"
        task["end"] = now()
        save(name, task)


def option(arguments, name):
    for index, word in enumerate(arguments):
        if word == name:
            return arguments[index + 1]
        if word.startswith(name + "="):
            return word[len(name) + 1 :]
    return ""


def chosen(arguments):
    names = set(filter(None, option(arguments, "--name").split(",")))
    ids = set(filter(None, option(arguments, "-j").split(",")))
    for job in jobs():
        for name, task in tasks(job):
            if (not names or job["token"] in names) and (not ids or job["id"] in ids or name in ids):
                yield job, name, task


def squeue(arguments):
    for job, name, task in chosen(arguments):
        cells = {"%i": name, "%u": USER, "%V": job["submit"], "%j": job["token"]}
        cells.update({"%T": task["state"], "%r": "None", "%S": task["start"]})
        if task["state"] not in ENDED:
            print("|".join(cells[field] for field in option(arguments, "-o").split("|")))


def sacct(arguments):
    if "--helpformat" in arguments:
        print("JobID JobName State Restarts")
        return
    for job, name, task in chosen(arguments):
        cells = {
            "JobID": name,
            "JobIDRaw": raw(name),
            "State": task["state"],
            "ExitCode": f"{task['exit']}:0",
            "Submit": job["submit"],
            "Eligible": job["submit"],
            "Start": task["start"],
            "End": task["end"],
            "User": USER,
            "JobName": job["token"],
            "NCPUS": "1",
            "NNodes": "1",
            "Partition": "cpu",
            "NodeList": "here",
        }
        fields = option(arguments, "-o").split(",")
        print(option(arguments, "--delimiter").join(cells.get(field, "") for field in fields))


def scontrol(arguments):
    print(
        {
            "config": "SLURM_VERSION = 24.11.5\nMaxArraySize = 1001",
            "node": "NodeName=here CPUTot=2 RealMemory=8000 Gres=gpu:1 Partitions=cpu",
            "partition": "PartitionName=cpu Default=YES State=UP Nodes=here",
            "reservation": "No reservations in the system",
        }[arguments[1]]
    )


os.makedirs(JOBS, exist_ok=True)
if sys.argv[1:2] == ["--work"]:
    work(sys.argv[2])
else:
    {"sbatch": sbatch, "squeue": squeue, "sacct": sacct, "scontrol": scontrol}[os.path.basename(sys.argv[0])](
        sys.argv[1:]
    )
