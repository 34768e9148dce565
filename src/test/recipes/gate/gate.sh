#!/bin/bash
until [[ -e $SWATH_WORK/gate ]]; do sleep 0.2; done
: >"$SWATH_EMPTY"
