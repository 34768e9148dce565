#!/bin/bash
((SWATH_TILE > 0)) || { echo "tile 0 never works" >&2; exit 3; }
: >"$SWATH_EMPTY"
