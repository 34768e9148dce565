#!/bin/bash
exec gdal_translate -q "$SWATH_PREVIOUS" "$SWATH_OUTPUT"
