#!/bin/bash
# Swath: starts a step of several tasks, and waits for them.
#
#   tasks.sh NUMBER "OPTIONS OF srun" SCRIPT
#
# In a job of Slurm, srun(1) starts them on the job's nodes. Elsewhere (the local cluster, and a job script that is run by
# hand) they are processes of this machine, beside each other. When one task fails, the others are ended, and the exit code
# is that of the task that failed first. What the tasks used together goes to .peak (KiB: the most that the tasks of one node
# had together) and .cpu (milliseconds, where srun started them) in $SWATH_EXCHANGE; GDAL's messages go to .gdal.
export SWATH_TASKS=$1 SWATH_TASK_TAG=swath.${SLURM_JOB_ID-hand}.$SRANDOM
read -ra options <<<"$2"
run=$3 task=${0%/*}/task.sh terminated=''
leftovers='rm -rf -- "$SWATH_TASK_SCRATCH/$SWATH_TASK_TAG".* "/tmp/$SWATH_TASK_TAG".*' # of tasks that were killed

by_slurm() {
  local srun status
  srun=$(PATH=$PATH:/opt/slurm/bin:/usr/local/slurm/bin type -P srun) || { echo "swath: $HOSTNAME has no srun" >&2; return 1; }
  unset SLURM_EXPORT_ENV               # sbatch --export=NONE sets it, and the tasks would not get this environment
  trap 'terminated=1' TERM             # srun gets it too, and hands it on to the tasks
  "$srun" "${options[@]}" /bin/bash "$task" "$run"
  status=$?
  if ((status)) && [[ ! $terminated ]]; then
    timeout -k 5 30 "$srun" --quiet "${options[0]}" --ntasks-per-node=1 /bin/bash -c "$leftovers" 2>/dev/null
  fi
  return "$status"
}

signal_tasks() {                       # $1 = the signal. Not to those that have ended: others may have their numbers
  local task sent=1
  for task in "${!waiting[@]}"; do
    kill "-$1" -- "-$task" 2>/dev/null && sent=0
  done
  return "$sent"
}

as_processes() {
  local number ended status failed=0 per_node=$SWATH_TASKS
  local -A waiting=()
  [[ ! ${options[*]} =~ --ntasks-per-node=([0-9]+) ]] || per_node=${BASH_REMATCH[1]}
  set -m                               # each task is a process group, so it can be ended with its children
  for ((number = 0; number < SWATH_TASKS; number++)); do
    SWATH_NODE=$((number / per_node)) SLURM_PROCID=$number SLURM_LOCALID=$number /bin/bash "$task" "$run" &
    waiting[$!]=1
  done
  set +m
  trap 'signal_tasks TERM' TERM
  while ((${#waiting[@]})); do
    ended=''
    wait -n -p ended "${!waiting[@]}" 2>/dev/null
    status=$?
    if [[ ! $ended ]]; then
      ((status == 127)) || continue    # a signal came
      read -r ended _ <<<"${!waiting[*]}" # bash has noted the end of each already
      wait "$ended" 2>/dev/null
      status=$?
    fi
    unset "waiting[$ended]"
    if ((status && !failed)); then
      failed=$status
      signal_tasks TERM
      for ((number = 0; number < 50; number++)); do # as KillWait of Slurm, for those that do not end by themselves
        signal_tasks 0 || break
        sleep 0.1
      done
      signal_tasks KILL
    fi
  done
  eval "$leftovers"
  return "$failed"
}

in_slurm=''
[[ ! ${SLURM_JOB_ID-} || ${SWATH_LOCAL_TASK-} ]] || in_slurm=1
if [[ $in_slurm ]]; then by_slurm; else as_processes; fi
status=$?

declare -A nodes=()
peak=0 cpu=0
for file in "$SWATH_EXCHANGE"/.used.*; do
  [[ -f $file && ! -L $file ]] && read -rn 300 node kib user system <"$file" || continue
  [[ $kib =~ ^[0-9]+$ && $user =~ ^[0-9]+\.[0-9][0-9]$ && $system =~ ^[0-9]+\.[0-9][0-9]$ ]] || continue
  nodes[$node]=$((${nodes[$node]-0} + 10#$kib))
  ((peak >= nodes[$node])) || peak=${nodes[$node]}
  cpu=$((cpu + 10 * (10#${user/./} + 10#${system/./})))
done
((peak == 0)) || echo "$peak" >"$SWATH_EXCHANGE/.peak"
[[ ! $in_slurm ]] || echo "$cpu" >"$SWATH_EXCHANGE/.cpu"
for file in "$SWATH_EXCHANGE"/.gdal.*; do
  [[ ! -f $file || -L $file ]] || tail -c 4096 -- "$file"
done >"$SWATH_EXCHANGE/.gdal"
if ((status)) && [[ -f $SWATH_EXCHANGE/.failed && ! -L $SWATH_EXCHANGE/.failed ]]; then
  read -rn 20 first number <"$SWATH_EXCHANGE/.failed"
  echo "swath: task $number of $SWATH_TASKS failed first, with exit code $first" >&2
  [[ ! $first =~ ^[1-9][0-9]{0,2}$ ]] || status=$first
fi
exit "$status"
