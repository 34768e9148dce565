#!/usr/bin/env bash
# Sends a Sentinel-2 Level-2A tile through the recipe ndvi: prints the seconds from the drop for each stage, and compares the
# product with numpy, pixel by pixel.
# Usage: sentinel2.sh [--docker] [SIDE]. SIDE is 10980 by default, as in truth. Without --docker, the jobs run on this machine.
# Making the JPEG 2000 files takes some minutes. --docker needs docker/up; LAB=DIR names another docker folder.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

docker=false
[[ ${1:-} != --docker ]] || { docker=true; shift; }
side=${1:-10980}
install_swath
settings=(state.dir="$bench/state" console.bind= arrival.settle=10s)
if $docker; then
  docker_storage
  settings+=("${docker_settings[@]}")
else
  storage=$bench/storage
  settings+=(storage.root="$storage" cluster=local)
fi
(swath_java -- doctor --create "${settings[@]/#/--set=}") >"$bench/doctor.log" || { cat "$bench/doctor.log" >&2; exit 1; }

echo "making a product of $side x $side pixels ..." >&2
product=$(/usr/bin/python3 "$here/sentinel2.py" make "$bench/made" "$side")
(swath_java -- run "${settings[@]/#/--set=}") >"$bench/swath.log" 2>&1 &
swath_pid=$!
wait_for_swath

mkdir -p "$storage/inbox/ndvi"
cp -R "$product" "$storage/inbox/ndvi/.uploading"
mv "$storage/inbox/ndvi/.uploading" "$storage/inbox/ndvi/$(basename "$product")"
drop=$(date +%s.%N)
/usr/bin/python3 "$here/sentinel2.py" wait "$bench/state/ledger.db" 3600 "$drop" || { tail -n 30 "$bench/swath.log" >&2; exit 1; }
/usr/bin/python3 "$here/sentinel2.py" check "$product" "$(find "$storage/delivered" -name '*.tif')"
