#!/bin/bash
((SWATH_ATTEMPT > 1)) || { echo "the first attempt never works" >&2; exit 1; }
: >"$SWATH_EMPTY"
