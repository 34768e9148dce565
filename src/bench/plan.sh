#!/usr/bin/env bash
# Measures the planning of a scene with 100,000 tiles or more. Usage: plan.sh [SIDE], for SIDE x SIDE tiles (default 317).
# Prints the seconds from the acceptance until the tiles are visible in the ledger, and the peaks of heap and resident memory.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

side=${1:-317}
install_swath
settings=(storage.root="$bench/storage" state.dir="$bench/state" cluster=local console.bind= submission.queue-limit=1)
(swath_java -- doctor --create "${settings[@]/#/--set=}") >"$bench/doctor.log" || { cat "$bench/doctor.log" >&2; exit 1; }
/usr/bin/python3 "$root/src/test/scripts/scene.py" blank "$bench/many.tif" $((side * 64)) $((side * 64)) 64
(swath_java "-Xlog:gc:file=$bench/gc.log" -- run "${settings[@]/#/--set=}") >"$bench/swath.log" 2>&1 &
swath_pid=$!
wait_for_swath
(swath_java -- submit "$bench/many.tif" --recipe noop "${settings[@]/#/--set=}") >/dev/null

/usr/bin/python3 - "$bench" "$swath_pid" <<'PYTHON'
import re
import sqlite3
import sys
import time

bench, pid = sys.argv[1:]


def ledger(query):
    connection = sqlite3.connect(f"{bench}/state/ledger.db", timeout=30)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


deadline = time.time() + 600
while "PLANNED" not in (times := dict(ledger("select state, at from scene_history"))):
    if time.time() > deadline or "REJECTED" in times:
        sys.exit(f"not planned: {times}")
    time.sleep(0.05)
# The state's own time is taken before the tiles are inserted. They are visible to others when the state is: now.
visible = time.time() * 1000
with open(f"/proc/{pid}/status") as status:
    resident = int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) // 1024
with open(f"{bench}/gc.log") as log:
    heap = max((int(size) for size in re.findall(r" (\d+)M->", log.read())), default=0)
(tiles,), = ledger("select count(*) from tile where idx >= 0")
print(f"{tiles} tiles planned and stored in {(visible - times['ACCEPTED']) / 1000:.1f} s from their scene's acceptance; "
      f"peak heap {heap} MiB of 512, peak resident memory {resident} MiB")
PYTHON
