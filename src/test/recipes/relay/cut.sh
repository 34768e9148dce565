#!/bin/bash
exec gdal_translate -q -srcwin "$SWATH_X" "$SWATH_Y" "$SWATH_WIDTH" "$SWATH_HEIGHT" "$SWATH_INPUT" "$SWATH_OUTPUT"
