#!/bin/bash
# Swath: one task of a step of several: runs the recipe's script with a scratch folder of its own.
#
#   task.sh SCRIPT
#
# $SWATH_EXCHANGE is a folder that all tasks of the step see. The files in it that begin with a dot are Swath's.
run=$1
export SWATH_TASK=$SLURM_PROCID
scratch=$SWATH_TASK_SCRATCH
[[ -d $scratch && -w $scratch ]] || scratch=/tmp
scratch=$scratch/$SWATH_TASK_TAG.$SWATH_TASK # tasks.sh removes it when this is killed
mkdir -m 700 -- "$scratch" || exit 1
trap 'rm -rf -- "$scratch"' EXIT
trap : TERM                            # the script gets it too: this waits for its end
export SWATH_SCRATCH=$scratch CPL_TMPDIR=$scratch CPL_LOG=$SWATH_EXCHANGE/.gdal.$SWATH_TASK
if [[ ${SWATH_BIND_GPU-} == map && ${CUDA_VISIBLE_DEVICES-} ]]; then # the next GPU of this node for each of its tasks
  IFS=, read -ra gpus <<<"$CUDA_VISIBLE_DEVICES"
  export CUDA_VISIBLE_DEVICES=${gpus[SLURM_LOCALID % ${#gpus[@]}]}
fi
cd "$scratch" || exit 1
command=("$run")
[[ ! -x /usr/bin/time ]] || command=(/usr/bin/time -q -f '%M %U %S' -o "$scratch/.used" "$run")
exec {log}>&2 2>/dev/null              # bash's own "Terminated" must not be the last line of the log
"${command[@]}" 2>&$log {log}>&-
status=$?
if ((status)); then                    # of the tasks that fail, the first one makes this file
  (set -o noclobber; echo "$status $SWATH_TASK" >"$SWATH_EXCHANGE/.failed") 2>/dev/null
fi
[[ ! -s $scratch/.used ]] || echo "${SWATH_NODE:-$SLURMD_NODENAME} $(tail -n 1 "$scratch/.used")" >"$SWATH_EXCHANGE/.used.$SWATH_TASK"
[[ ! -f $scratch/.tile ]] || mv -- "$scratch/.tile" "$SWATH_EXCHANGE/.tile" # which output swath_tile has finished
exit "$status"
