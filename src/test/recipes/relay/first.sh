#!/bin/bash
set -e
sleep 1
gdal_translate -q -b 1 -srcwin "$SWATH_X" "$SWATH_Y" "$SWATH_WIDTH" "$SWATH_HEIGHT" "$SWATH_INPUT" "$SWATH_OUTPUT"
