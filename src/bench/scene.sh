#!/usr/bin/env bash
# Compares Swath with plain GDAL: the NDVI of the sample scene, by Swath and by one process with gdal_calc and gdal_translate.
# Usage: scene.sh [--size N] [--rounds R] [--cluster local|docker]. The scene has N x N pixels (default 8192); each of the
# R rounds (default 3) runs both ways, one after the other. --cluster docker runs the tasks on Slurm and needs docker/up;
# LAB=DIR names another docker folder. The last line has the two ratios, Swath's medians to plain GDAL's.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

size=8192 rounds=3 cluster=local
while (($#)); do
  case $1 in
    --size) size=$2 ;;
    --rounds) rounds=$2 ;;
    --cluster) cluster=$2 ;;
    *) sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
  esac
  shift 2
done

install_swath
settings=(state.dir="$bench/state" console.bind=)
case $cluster in
  local)
    storage=$bench/storage
    settings+=(storage.root="$storage" cluster=local) ;;
  docker)
    docker_storage
    settings+=("${docker_settings[@]}") ;;
  *) echo "scene.sh: --cluster is local or docker, not $cluster" >&2; exit 2 ;;
esac
(swath_java -- doctor --create "${settings[@]/#/--set=}") >"$bench/doctor.log" || { cat "$bench/doctor.log" >&2; exit 1; }

echo "making a scene of $size x $size pixels ..." >&2
/usr/bin/python3 "$root/src/main/resources/sample_scene.py" "$bench/scene.tif" --size "$size"
(swath_java -- run "${settings[@]/#/--set=}") >"$bench/swath.log" 2>&1 &
swath_pid=$!
wait_for_swath
/usr/bin/python3 "$here/scene.py" --scene "$bench/scene.tif" --rounds "$rounds" --pid "$swath_pid" --storage "$storage" \
  --state "$bench/state" --cluster "$cluster" || { tail -n 30 "$bench/swath.log" >&2; exit 1; }
