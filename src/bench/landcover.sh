#!/usr/bin/env bash
# Measures the recipe landcover: seconds and memory of one tile, on this machine.
#
# Usage: src/bench/landcover.sh MODEL.onnx SCENE.tif [SIDE]
#   SCENE.tif has the model's bands in its order; the tile is the upper left SIDE x SIDE pixels (default 1024).
#   THREADS=2 sets the threads, PYTHON=/path/python3 the Python.
set -euo pipefail
if (($# < 2)); then sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2; fi
home=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
side=${3:-1024}
[[ $(gdalinfo "$2") =~ Size\ is\ ([0-9]+),\ ([0-9]+) ]]
width=$((BASH_REMATCH[1] < side ? BASH_REMATCH[1] : side)) height=$((BASH_REMATCH[2] < side ? BASH_REMATCH[2] : side))
export SWATH_MODEL=$(realpath "$1") SWATH_INPUT=$(realpath "$2") SWATH_OUTPUT=$scratch/out.tif SWATH_NOTE=$scratch/note
export SWATH_EMPTY=$scratch/empty SWATH_CORE_X=0 SWATH_CORE_Y=0 SWATH_CORE_WIDTH=$width SWATH_CORE_HEIGHT=$height
export OMP_NUM_THREADS=${THREADS:-1}
/usr/bin/time -f '%e %U %M' -o "$scratch/time" "${PYTHON:-/usr/bin/python3}" "$home/config/recipes/landcover/landcover.py" 2>"$scratch/errors" ||
  { cat "$scratch/errors" >&2; exit 1; }
read -r wall cpu kib <"$scratch/time"
echo "$(<"$scratch/note")"
awk -v w="$wall" -v c="$cpu" -v k="$kib" -v p=$((width * height)) 'BEGIN {
  printf "%.3f megapixels: %.1f s wall, %.1f s CPU (%.1f s CPU per megapixel), %.0f MiB\n", p / 1e6, w, c, c * 1e6 / p, k / 1024 }'
