#!/usr/bin/env bash
# Measures how long Swath takes for N tiles that do nothing, compared with a plain job array on the same cluster.
# Usage: array.sh [--pack|--pack=K] [--rounds 3] [N...]. N is 200 and 1000 by default. Each round runs both ways, one after the
# other. --pack: a task of Swath's makes up to K tiles, one after the other; 30, as Swath chooses for tiles of a second. (The tiles
# here are empty, and those teach nothing, so the number is fixed.)
# Needs docker/up. LAB=DIR names another docker folder.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

pack=''
case ${1:-} in
  --pack) pack=30 && shift ;;
  --pack=*) pack=${1#*=} && shift ;;
esac
rounds=3
[[ ${1:-} != --rounds ]] || { rounds=$2; shift 2; }
(($#)) || set -- 200 1000
console=127.0.0.1:${BENCH_CONSOLE_PORT:-9878}

install_swath
[[ ! $pack ]] || sed -i "s/^tile: {/& per-task: $pack,/" "$bench/home/config/recipes/noop/recipe.yaml"
docker_storage
settings=("${docker_settings[@]}" state.dir="$bench/state" console.bind="$console")
(swath_java -- doctor --create "${settings[@]/#/--set=}") >"$bench/doctor.log" || { cat "$bench/doctor.log" >&2; exit 1; }
(swath_java -- run "${settings[@]/#/--set=}") >"$bench/swath.log" 2>&1 &
swath_pid=$!
wait_for_swath

/usr/bin/python3 "$here/array.py" --pid "$swath_pid" --storage "$storage" --state "$bench/state" --console "$console" \
  --lab "$lab" --port "${SSH_PORT:-2222}" --rounds "$rounds" --scene "$root/src/test/scripts/scene.py" "$@"
