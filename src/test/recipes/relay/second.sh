#!/bin/bash
set -e
sleep 1
cp "$SWATH_PREVIOUS" "$SWATH_OUTPUT"
