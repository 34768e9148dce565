#!/bin/bash
for ((n = 0; n < 1500; n++)); do       # no tile ends before all 16 have begun
  begun=("$SWATH_WORK"/leases/quarters.*)
  ((${#begun[@]} < 16)) || break
  sleep 0.2
done
((${#begun[@]} == 16)) || { echo "only ${#begun[@]} tiles run at once"; exit 1; }
echo "$SLURMD_NODENAME gpu $CUDA_VISIBLE_DEVICES shards $SLURM_SHARDS_ON_NODE" >"$SWATH_NOTE"
sleep 2                                # GPU-seconds to add up
: >"$SWATH_EMPTY"
