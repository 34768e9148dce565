#!/usr/bin/env bash
# Measures what requests cost in a mixed night: recipes of very different lengths and memory, urgent scenes that arrive
# meanwhile, tasks on a part of a GPU, and jobs beside that need a whole node. The same night runs in four ways:
#   default   each recipe asks for 10 min, which is what Slurm gives without --time, and for half of a node; nothing is learned
#   guess     each recipe asks for what its author guesses; nothing is learned (sizing.learn=false)
#   learned   the guess is the first request, and the rest is learned during the night
#   again     the same Swath has the same night once more, so it begins with what it has learned
# Usage: night.sh [--rounds 3] [--short] [--keep FILE]. A night takes 2 to 4 minutes; --short: about one minute, as a trial.
# --keep adds the measurements to FILE, a line of JSON for each night. Needs docker/up, with nothing else to do.
# LAB=DIR names another docker folder.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

rounds=3 options=() keep=$bench/nights.jsonl
while (($#)); do
  case $1 in
    --rounds) rounds=$2; shift 2 ;;
    --short) options+=(--short); shift ;;
    --keep) keep=$2; shift 2 ;;
    *) sed -n '2,10s/^# //p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
  esac
done
console=127.0.0.1:${BENCH_CONSOLE_PORT:-9879}
install_swath
docker_storage

# start WAY: a new Swath with an empty ledger and its own folder of the storage.
start() {
  settings=("${docker_settings[@]}" state.dir="$bench/state-$1" console.bind="$console"
    storage.root="$storage/$1" storage.cluster-root="/storage/${storage##*/}/$1")
  [[ $1 == learned-* ]] || settings+=(sizing.learn=false)
  rm -rf "$bench/home/config/recipes"
  /usr/bin/python3 "$here/night.py" recipes "$bench/home/config/recipes" --way "${1%-*}" "${options[@]}"
  mkdir "$storage/$1"
  chmod 0770 "$storage/$1"
  (swath_java -- doctor --create "${settings[@]/#/--set=}") >"$bench/doctor.log" || { cat "$bench/doctor.log" >&2; exit 1; }
  (swath_java -- run "${settings[@]/#/--set=}") >"$bench/swath.log" 2>&1 &
  swath_pid=$!
  wait_for_swath
}

# night WAY ROUND FOLDER
night() {
  /usr/bin/python3 "$here/night.py" night --way "$1" --round "$2" --storage "$storage/$3" --state "$bench/state-$3" \
    --lab "$lab" --port "${SSH_PORT:-2222}" --console "$console" --scene "$root/src/test/scripts/scene.py" --out "$keep" \
    "${options[@]}" -- java -XX:TieredStopAtLevel=1 -Dswath.home="$bench/home" -jar "$root/target/swath.jar" submit \
    "${settings[@]/#/--set=}"
}

stop() {
  kill "$swath_pid"
  wait "$swath_pid" || true # 143: it was told to stop
  swath_pid=''
}

for ((round = 1; round <= rounds; round++)); do
  for way in default guess learned; do
    start "$way-$round"
    night "$way" "$round" "$way-$round"
    [[ $way != learned ]] || night again "$round" "$way-$round"
    stop
  done
done
/usr/bin/python3 "$here/night.py" table "$keep"
