#!/bin/bash
sleep 0.7
# For 20 s, because Slurm samples memory every 2 s.
[[ $SWATH_TILE != 5 || $SWATH_ATTEMPT != 1 ]] ||
  exec /usr/bin/python3 -c 'import time; held = bytearray(300 << 20); held[::4096] = bytes([1]) * (len(held) // 4096); time.sleep(20)'
: >"$SWATH_EMPTY"
