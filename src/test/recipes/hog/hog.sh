#!/usr/bin/python3
"""Holds 300 MiB for 6 s, because Slurm samples memory every 2 s."""
import os
import time

memory = bytearray(300 << 20)
memory[::4096] = b"x" * len(range(0, len(memory), 4096))  # a byte in each page, so that the memory is really allocated
time.sleep(6)
open(os.environ["SWATH_EMPTY"], "w").close()
