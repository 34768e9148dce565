#!/bin/bash
# Swath: measures the GPU memory that a process and all its descendants have together, and how much they use the GPU.
#
#   gpu.sh PID
#
# It ends with the process, or when its standard input ends, which must be a pipe. The last line that it prints counts: the most
# GPU memory that they had on one GPU at once, in MiB; that GPU's memory, in MiB; how much of the time they used it, in percent,
# or -; and how this was measured:
#
#   accounts   the driver's own account of each process, which root turns on (nvidia-smi --accounting-mode=1): exact
#   samples    what nvidia-smi(1) saw, most often in the first two seconds on the GPU, and less often where asking takes long.
#              What lives shorter is missed. The use is that of the whole GPU, while no other process was on it
#
# It prints nothing where nvidia-smi names no process of the task: what the whole GPU has in use may belong to other tasks. Nor
# where a process was seen less than three times: it may have been about to begin.
root=$1 printed='' seen=0 first=0 asked=0 samples=0 busy=0 how=samples used=-
declare -A ours=() most=() total=()

ask() { timeout -k 1 10 nvidia-smi "$@" --format=csv,noheader,nounits </dev/null 2>/dev/null; } # it may hang

family() {                             # sets `family`: the process and its descendants, as each thread started them
  local number list children pids=("$root")
  family=' '
  for ((number = 0; number < ${#pids[@]}; number++)); do
    family+="${pids[number]} "
    for list in /proc/"${pids[number]}"/task/*/children; do
      children=()                      # the process may have ended meanwhile
      { read -ra children <"$list"; } 2>/dev/null
      pids+=("${children[@]}")
    done
  done
}

look() {
  local uuid pid mib use all apps due=$((began - asked >= 500000))
  local -A now=() others=()
  apps=$(ask --query-compute-apps=gpu_uuid,pid,used_memory) || return
  family
  while IFS=', ' read -r uuid pid mib; do
    if [[ ! $pid ]]; then                # no process uses a GPU
      return 1
    elif [[ $family != *" $pid "* ]]; then
      others[$uuid]=1
    elif [[ $mib =~ ^[0-9]+$ ]]; then
      now[$uuid]=$((${now[$uuid]-0} + mib)) ours[$pid]=1
    fi
  done <<<"$apps"
  ((${#now[@]})) || return
  ((seen)) || first=$began
  seen=$((seen + 1))
  for uuid in "${!now[@]}"; do
    ((${now[$uuid]} <= ${most[$uuid]-0})) || most[$uuid]=${now[$uuid]}
    [[ ${total[$uuid]-} ]] || due=1
  done
  ((due)) || return 0
  asked=$began
  while IFS=', ' read -r uuid all use; do
    [[ ${now[$uuid]-} ]] || continue
    total[$uuid]=$all
    [[ ${others[$uuid]-} || ! $use =~ ^[0-9]+$ ]] || samples=$((samples + 1)) busy=$((busy + use))
  done < <(ask --query-gpu=uuid,memory.total,utilization.gpu)
}

accounts() {                           # of all processes that were seen, also of those that have ended
  local uuid pid mib use
  while IFS=', ' read -r uuid pid use mib; do
    [[ $pid && ${ours[$pid]-} && ${total[$uuid]-} && $mib =~ ^[0-9]+$ && $use =~ ^[0-9]+$ ]] || continue
    how=accounts
    ((mib <= ${most[$uuid]-0})) || most[$uuid]=$mib
    [[ $used != - ]] && ((use <= used)) || used=$use
  done < <(ask --query-accounted-apps=gpu_uuid,pid,gpu_utilization,max_memory_usage)
}

report() {
  local uuid line card=''
  ((${#ours[@]})) || return
  [[ ! $accounting ]] || accounts
  for uuid in "${!most[@]}"; do
    [[ $card ]] && ((${most[$uuid]} <= ${most[$card]})) || card=$uuid
  done
  [[ $card ]] && { [[ $how == accounts ]] || ((seen > 2)); } || return
  [[ $how == accounts ]] || ((samples == 0)) || used=$((busy / samples))
  line="${most[$card]} ${total[$card]} $used $how"
  [[ $line == "$printed" ]] || { echo "$line"; printed=$line; }
}

accounting=''
[[ $(ask --query-gpu=accounting.mode) != *Enabled* ]] || accounting=1
while [[ -d /proc/$root ]]; do
  began=${EPOCHREALTIME/./} least=500000
  look && report
  if ((seen)); then
    ((began - first >= 2000000)) || least=100000 # a tile may need the GPU for less than a second
  else
    ((SECONDS >= 5)) || least=200000
  fi
  pause=$(((least < 500000 ? 4 : 19) * (${EPOCHREALTIME/./} - began)))
  ((pause >= least)) || pause=$least
  ((pause <= 9000000)) || pause=9000000
  printf -v pause '%d.%06d' $((pause / 1000000)) $((pause % 1000000))
  read -rt "$pause"                    # waits, without a process as `sleep` is
  (($? > 128)) || break                # the input ended
done
report                                 # the accounts are complete now
