#!/bin/bash
sleep 600
: >"$SWATH_EMPTY"
