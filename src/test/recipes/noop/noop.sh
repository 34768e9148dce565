#!/bin/bash
: >"$SWATH_EMPTY"
