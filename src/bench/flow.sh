#!/usr/bin/env bash
# Measures how scenes of one tile that does nothing flow through Swath when they are dropped at once, and how an urgent
# scene overtakes them. Usage: flow.sh [--cluster docker|local] [--scenes 500]. The cluster is docker by default, and then
# needs docker/up; LAB=DIR names another docker folder.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cluster=docker
scenes=500
while (($#)); do
  case $1 in
    --cluster) cluster=$2; shift 2 ;;
    --scenes) scenes=$2; shift 2 ;;
    *) sed -n '2,4s/^# //p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
  esac
done
install_swath
settings=(state.dir="$bench/state" console.bind=127.0.0.1:"${BENCH_CONSOLE_PORT:-9877}")
if [[ $cluster == docker ]]; then
  lab=$(cd "${LAB:-$root/docker}" && pwd)
  [[ -f $lab/keys/id_ed25519 ]] || { echo "flow.sh: there is no cluster in $lab: run docker/up first" >&2; exit 1; }
  storage=$lab/storage/bench-$$
  settings+=(
    cluster=slurm storage.cluster-root="/storage/bench-$$"
    slurm.ssh="swath@127.0.0.1:${SSH_PORT:-2222}" slurm.ssh.key="$lab/keys/id_ed25519"
    slurm.ssh.known-hosts="$lab/keys/known_hosts"
  )
else
  storage=$bench/storage
  settings+=(cluster=local)
fi
settings+=(storage.root="$storage")
mkdir "$storage"
chmod 0770 "$storage"
(swath_java -- doctor --create "${settings[@]/#/--set=}") >"$bench/doctor.log" || { cat "$bench/doctor.log" >&2; exit 1; }
(swath_java -- run "${settings[@]/#/--set=}") >"$bench/swath.log" 2>&1 &
swath_pid=$!
wait_for_swath

/usr/bin/python3 "$here/flow.py" --pid "$swath_pid" --storage "$storage" --state "$bench/state" \
  --scene "$root/src/test/scripts/scene.py" --scenes "$scenes" -- \
  java -XX:TieredStopAtLevel=1 -Dswath.home="$bench/home" -jar "$root/target/swath.jar" submit "${settings[@]/#/--set=}"
