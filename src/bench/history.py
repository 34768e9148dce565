"""Compares Swath with an empty ledger and with one that has a long history. See history.sh."""
import argparse
import csv
import os
import resource
import sqlite3
import subprocess
import sys
import time
import urllib.request

TABLES = ("scene", "scene_history", "tile", "batch", "run", "outbox", "product", "usage_total")
DAY = 86_400_000


def rows(runs, per_scene, night):
    """Yields (table, row) of delivered scenes, as retention leaves them: the youngest ended an hour ago."""
    scenes = max(1, runs // per_scene)
    now = int(time.time() * 1000)
    for number in range(scenes):
        name = f"H-{number:08d}"
        end = now - 3_600_000 - (scenes - number) * 170 * DAY // scenes
        start = end - 600_000
        yield "scene", dict(
            id=name, name=f"scene{number}.tif", recipe="noop", recipe_hash="0" * 64, content_key=f"key{number}", door="FOLDER",
            priority="NIGHT" if night else "NORMAL", state="DELIVERED", reason="", width=8192, height=8192,
            tile_count=per_scene - 1, plan="{}", accepted_at=start, changed_at=end, covered=1, work="LOGS",
            night=number + 1 if night else 0)
        for state in ("ACCEPTED", "PLANNED", "PROCESSING", "ASSEMBLING", "DELIVERED"):
            yield "scene_history", dict(scene_id=name, at=end, state=state, reason="")
        yield "product", dict(scene_id=name, version=1, recipe_hash="0" * 64, delivered_at=end)
        for tile in range(-1, per_scene - 1):
            yield "tile", dict(
                scene_id=name, idx=tile, core_x=0, core_y=0, core_w=512, core_h=512, read_x=0, read_y=0, read_w=512,
                read_h=512, state="DONE", step=0, attempts=1)
        for batch, tiles in ((1, range(per_scene - 1)), (2, (-1,))):
            token = f"swath-h{number:08d}-{batch}"
            step = "noop" if batch == 1 else "assemble"
            yield "batch", dict(
                token=token, scene_id=name, number=batch, step_index=0 if batch == 1 else -1, step=step, size=len(tiles),
                partition_="cpu", cpus=1, memory_mib=500, time_s=60, gpus=0, shards=0, excluded="", depends_on="", state="DONE",
                cluster_id=str(number), created_at=start, submitted_at=start, due_at=0, counted=1)
            for index, tile in enumerate(tiles):
                yield "run", dict(
                    token=token, idx=index, scene_id=name, step_index=0 if batch == 1 else -1, step=step, tile=tile, attempt=1,
                    state="SUCCEEDED", job_id=f"{number}_{index}", word="COMPLETED", partition_="cpu", node=f"node{index % 50}",
                    exit_code=0, signal=0, submitted_at=start, eligible_at=start, started_at=start, ended_at=end, elapsed_s=3,
                    cpus=1, cpu_ms=2500, memory_kib=90_000, requested_tres="billing=1,cpu=1,mem=500M,node=1",
                    allocated_tres="billing=1,cpu=1,mem=500M,node=1", wall_us=2_900_000)
                if end > now - 29 * DAY:
                    yield "outbox", dict(
                        id=f"{token}/{index}", type="io.swath.accounting.run", subject=f"{token}/{index}", data="",
                        created_at=end, sent_at=end)
    for step, count in (("noop", scenes * (per_scene - 1)), ("assemble", scenes)):
        yield "usage_total", dict(
            recipe="noop", step=step, partition_="cpu", outcome="SUCCEEDED", runs=count, elapsed_us=2.9e6 * count,
            allocated_us=2.9e6 * count, used_ms=2500.0 * count, measured_allocated_us=2.9e6 * count,
            measured_used_ms=2500.0 * count, memory_mib=500, peak_kib=90_000)


def by_table(all_rows, size=20_000):
    """Yields (table, list of rows), in an order that respects the references."""
    waiting = {table: [] for table in TABLES}
    for table, row in all_rows:
        waiting[table].append(row)
        if len(waiting[table]) >= size:
            yield from ((name, waiting[name]) for name in TABLES if waiting[name])
            waiting = {name: [] for name in TABLES}
    yield from ((name, waiting[name]) for name in TABLES if waiting[name])


def fill_sqlite(file, all_rows):
    with sqlite3.connect(file) as ledger:
        for table, chunk in by_table(all_rows):
            columns = list(chunk[0])
            ledger.executemany(
                f"insert into {table} ({', '.join(columns)}) values ({', '.join('?' * len(columns))})",
                [list(row.values()) for row in chunk])
    ledger.close()


def fill_postgres(psql, all_rows):
    for table, chunk in by_table(all_rows):
        copy = subprocess.Popen(
            [*psql, "-c", f"copy {table} ({', '.join(chunk[0])}) from stdin csv"], stdin=subprocess.PIPE, text=True)
        csv.writer(copy.stdin, quoting=csv.QUOTE_NONNUMERIC).writerows(row.values() for row in chunk)
        copy.stdin.close()
        if copy.wait() != 0:
            sys.exit(f"history.py: {table} could not be filled")


class Installation:
    """One Swath with its own ledger, storage and console."""

    def __init__(self, arguments, name):
        self.bench, self.root, self.server = arguments.bench, arguments.root, arguments.server
        self.folder = f"{self.bench}/{name}"
        os.mkdir(self.folder)
        self.database = name
        self.console = arguments.console
        self.settings = [f"storage.root={self.folder}/storage", f"state.dir={self.folder}/state", "cluster=local",
                         f"console.bind={self.console}"]
        if self.server:
            self.psql = ["psql", "-q", "-h", self.server.split(":")[0], "-p", self.server.split(":")[1], "-U", "swath"]
            subprocess.run([*self.psql, "postgres", "-c", f"create database {name}"], check=True)
            self.psql.append(name)
            self.settings += [f"database.url=jdbc:postgresql://{self.server}/{name}", "database.user=swath"]

    def command(self, *words):
        java = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
                f"-Dswath.home={self.bench}/home", "-jar", f"{self.root}/target/swath.jar"]
        return [*java, *words, *(f"--set={setting}" for setting in self.settings)]

    def measure(self, *words):
        """Wall and CPU seconds of a command."""
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "SWATH_LOG": "WARN"}
        subprocess.run(self.command(*words), check=True, stdout=subprocess.DEVNULL, env=environment)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (time.monotonic() - begin, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    def query(self, sql):
        if self.server:
            text = subprocess.run([*self.psql, "-At", "-c", sql], check=True, capture_output=True, text=True).stdout
            return text.strip()
        ledger = sqlite3.connect(f"file:{self.folder}/state/ledger.db?mode=ro", uri=True, timeout=30)
        try:
            return str(ledger.execute(sql).fetchone()[0])
        finally:
            ledger.close()

    def size_mib(self):
        if self.server:
            return int(self.query("select pg_database_size(current_database())")) / 2**20
        files = (f"{self.folder}/state/{name}" for name in ("ledger.db", "ledger.db-wal"))
        return sum(os.path.getsize(file) for file in files if os.path.exists(file)) / 2**20


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(what, done, seconds=600):
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            sys.exit(f"history.py: gave up after {seconds} s: {what}")
        time.sleep(0.05)


def metrics(console):
    begin = time.monotonic()
    urllib.request.urlopen(f"http://{console}/observe/metrics", timeout=120).read()
    return time.monotonic() - begin


def measure(installation, scene):
    """The figures of one installation, by name."""
    figures = {}
    figures["status, s"], figures["status, CPU-s"] = installation.measure("status")
    figures["report, s"], figures["report, CPU-s"] = installation.measure("report")
    log = open(f"{installation.folder}/swath.log", "w+")
    begin = time.monotonic()
    swath = subprocess.Popen(installation.command("run"), stdout=log, stderr=log, env={**os.environ, "LC_ALL": "C.UTF-8"})
    try:
        wait_for("Swath is ready", lambda: "is ready: drop scenes" in open(log.name).read() or swath.poll() is not None)
        if swath.poll() is not None:
            sys.exit(open(log.name).read())
        figures["start-up, s"] = time.monotonic() - begin
        figures["start-up, CPU-s"] = cpu_seconds(swath.pid)
        time.sleep(20)  # what follows the start: the JVM's compiler, the first look of each stage
        before = cpu_seconds(swath.pid)
        time.sleep(60)
        figures["idle, CPU-s a minute"] = cpu_seconds(swath.pid) - before
        metrics(installation.console)
        figures["metrics, s"] = min(metrics(installation.console) for _ in range(5))
        begin, before = time.monotonic(), cpu_seconds(swath.pid)
        inbox = f"{installation.folder}/storage/inbox/noop/new.tif"
        os.link(scene, inbox)
        open(inbox + ".done", "w").close()
        wait_for("the scene is delivered",
                 lambda: installation.query("select count(*) from scene where name = 'new.tif' and state = 'DELIVERED'") == "1")
        figures["new scene, s"] = time.monotonic() - begin
        figures["new scene, CPU-s"] = cpu_seconds(swath.pid) - before
    finally:
        swath.terminate()
        swath.wait()
    figures["ledger, MiB"] = installation.size_mib()
    return figures


def main():
    parser = argparse.ArgumentParser()
    for name in ("root", "bench", "server", "console"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--runs", type=int, required=True)
    parser.add_argument("--per-scene", type=int, required=True)
    parser.add_argument("--night", action="store_true")
    arguments = parser.parse_args()
    if arguments.per_scene < 2 or arguments.runs < arguments.per_scene:
        parser.error("--per-scene is 2 or more, and --runs is not less")

    installations = [Installation(arguments, name) for name in ("empty", "filled")]
    for installation in installations:
        subprocess.run(installation.command("doctor", "--create"), stdout=subprocess.DEVNULL)
        installation.measure("status")  # makes the tables
    begin = time.monotonic()
    history = rows(arguments.runs, arguments.per_scene, arguments.night)
    if arguments.server:
        fill_postgres(installations[1].psql, history)
        subprocess.run([*installations[1].psql, "-c", "vacuum analyze"], check=True)
    else:
        fill_sqlite(f"{installations[1].folder}/state/ledger.db", history)
    print(f"filled with {arguments.runs} runs of {arguments.runs // arguments.per_scene} scenes"
          f" in {time.monotonic() - begin:.0f} s", flush=True)
    scene = f"{arguments.bench}/new.tif"
    subprocess.run(["/usr/bin/python3", f"{arguments.root}/src/test/scripts/scene.py", "blank", scene, "128", "128", "64"],
                   check=True)
    empty, filled = (measure(installation, scene) for installation in installations)
    print(f"{'':24}{'empty':>10}{'filled':>10}")
    for name in empty:
        print(f"{name:24}{empty[name]:10.2f}{filled[name]:10.2f}")
    print("filled / empty: " + ", ".join(
        f"{name.split(',')[0]} {filled[name] / max(empty[name], 0.001):.2f}" for name in empty if not name.endswith(" s")))


if __name__ == "__main__":
    main()
