#!/usr/bin/env python3
"""The model's probabilities instead of its classes: a float32 band for each class, nodata -1; see docs/recipes.md."""
import sys

sys.dont_write_bytecode = True
import landcover  # noqa: E402

landcover.main(probabilities=True)
