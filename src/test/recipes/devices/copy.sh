#!/bin/bash
set -e
[[ $SWATH_DEVICE == gpu ]] && sleep 4 || sleep 8
echo "on $SWATH_DEVICE" >"$SWATH_NOTE"
gdal_translate -q -b 1 -srcwin "$SWATH_CORE_X" "$SWATH_CORE_Y" "$SWATH_CORE_WIDTH" "$SWATH_CORE_HEIGHT" "$SWATH_INPUT" "$SWATH_OUTPUT"
