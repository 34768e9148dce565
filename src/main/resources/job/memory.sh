#!/bin/bash
# Swath: measures the memory that a process and all its descendants have together, until it ends.
#
#   memory.sh PID FILE
#
# It ends with the process, or when its standard input ends, which must be a pipe. FILE has the most that was seen, in KiB.
# job.sh opens it and names its descriptor, /proc/self/fd/3: then the file's folder may be removed at any moment.
#
# No counter has this number: GNU time and sacct's MaxRSS know the largest process, and a cgroup's memory.peak counts the files
# that were read. So the sum of the processes' proportional shares (Pss in proc(5): what processes share counts once) is looked
# at again and again: each 20 ms, and up to ten times less often where looking takes more than 2 % of the time. A process that
# lives shorter may be missed.
root=$1 file=$2 most=0 most_pages=0

family() {                             # sets `pids`: the process and its descendants, as each thread started them
  local number list children=()
  pids=("$root")
  for ((number = 0; number < ${#pids[@]}; number++)); do
    for list in /proc/"${pids[number]}"/task/*/children; do
      children=()                      # the process may have ended meanwhile
      { read -ra children <"$list"; } 2>/dev/null
      pids+=("${children[@]}")
    done
  done
}

while [[ -d /proc/$root ]]; do
  began=${EPOCHREALTIME/./} pages=0 sum=0
  family
  for pid in "${pids[@]}"; do
    { read -r _ resident _ </proc/"$pid"/statm; } 2>/dev/null && pages=$((pages + resident))
  done
  if ((pages > most_pages)); then      # the shares take a hundred times longer to read
    most_pages=$pages
    for pid in "${pids[@]}"; do
      { read -r; read -r; read -r _ kib _; } 2>/dev/null </proc/"$pid"/smaps_rollup && sum=$((sum + kib))
    done
    ((sum <= most)) || { most=$sum; echo "$most" >"$file"; }
  fi
  pause=$((50 * (${EPOCHREALTIME/./} - began)))
  ((pause >= 20000)) || pause=20000
  ((pause <= 200000)) || pause=200000
  printf -v pause '0.%06d' "$pause"
  read -rt "$pause"                    # waits, without a process as `sleep` is
  (($? > 128)) || exit                 # the input ended
done
