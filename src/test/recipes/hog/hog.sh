#!/usr/bin/python3
"""Holds 300 MiB for as long as it takes to be noticed: memory is looked at every two seconds."""
import os
import time

memory = bytearray(300 << 20)
memory[::4096] = b"x" * len(range(0, len(memory), 4096))  # a byte of each page, so that it is really there
time.sleep(6)
open(os.environ["SWATH_EMPTY"], "w").close()
