#!/usr/bin/env bash
# Replays runs through the rule that sizes requests (docs/sizing.md), and prints what it would have cost.
# Usage: sizing.sh [--time] [--kills 0.02] [FILE.csv...]. Without a file, traces of many kinds are made (traces.py).
#
# A line for each file: waste (all that was asked for / what was needed), the percentage of attempts that were killed, the tiles
# that were lost, and after how many tasks the requests were right. The last line is the mean of all files.
# --time replays seconds instead of memory.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

"$root/swath" --version >&2
options=()
while [[ ${1:-} == --* ]]; do
  if [[ $1 == --kills ]]; then options+=("$1" "$2"); shift; else options+=("$1"); fi
  shift
done
if (($# == 0)); then
  /usr/bin/python3 "$here/traces.py" "$bench"
  set -- "$bench"/*.csv
fi
LC_ALL=C.UTF-8 java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$root/target/swath.jar" "$here/Sizing.java" \
  "${options[@]}" "$@"
