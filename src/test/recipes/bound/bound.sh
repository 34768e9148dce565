#!/bin/bash
# Each task says its node, CPUs and GPUs, as it sees them. Task 0 adds what Slurm says of the job, in the note.
read -r _ cpus < <(grep Cpus_allowed_list /proc/self/status)
echo "task $SWATH_TASK of $SWATH_TASKS on $SLURMD_NODENAME cpus $cpus gpu ${CUDA_VISIBLE_DEVICES-none}" >"$SWATH_EXCHANGE/.said.$SWATH_TASK"
mv "$SWATH_EXCHANGE/.said.$SWATH_TASK" "$SWATH_EXCHANGE/said.$SWATH_TASK"
((SWATH_TASK == 0)) || exit 0
for ((n = 0; n < 600; n++)); do
  [[ -e $SWATH_EXCHANGE/said.1 ]] && break
  sleep 0.1
done
slurm=$(PATH=$PATH:/usr/bin scontrol show job -d "$SLURM_JOB_ID" | grep -o 'Nodes=.*CPU_IDs=.*' | tr '\n' ';')
echo "$(<"$SWATH_EXCHANGE/said.0"); $(<"$SWATH_EXCHANGE/said.1"); $slurm" >"$SWATH_NOTE"
: >"$SWATH_EMPTY"
