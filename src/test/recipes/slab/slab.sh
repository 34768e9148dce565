#!/bin/bash
until [[ -e $SWATH_WORK/gate ]]; do sleep 0.2; done
exec gdal_translate -q -of GTiff -srcwin "$SWATH_CORE_X" "$SWATH_CORE_Y" "$SWATH_CORE_WIDTH" "$SWATH_CORE_HEIGHT" \
  "$SWATH_INPUT" "$SWATH_OUTPUT"
