#!/usr/bin/env python3
"""Makes traces of runs for sizing.sh, each of another kind. Usage: traces.py FOLDER [SEED...]

The format: a line with the recipe's guess, a line of column names, and a line for each task, in the order of submission:
    x_mb                     megabytes that it reads
    peak_mib, seconds        what it needs on `node`, where it runs first
    calm_mib, calm_seconds   what it needs on any sound node
    need_mib                 the true 99th percentile for such a run; empty: not known
    seen                     what the accounting reports, as a part of the use
"""

import math
import random
import sys
from pathlib import Path

NODES = 6
COLUMNS = "task,scene,version,x_mb,peak_mib,calm_mib,seconds,calm_seconds,node,need_mib,seen"


def normal(r, sigma):
    return math.exp(r.gauss(0, sigma))


class Kind:
    """How many tasks there are, and what task i needs; each kind changes something of it."""

    tasks, tiles, guess, seen = 400, 40, (270, 60), 1.0

    def x(self, r, i):
        return 32.0

    def mib(self, r, i, x):
        return 400 * normal(r, 0.05)

    def factor(self, i, node):
        return 1.0

    def version(self, i):
        return 0


def kind(**values):
    """A kind that differs in these values or functions."""
    return type("Kind", (Kind,), values)


def slow_by_day(self, r, i, x):
    return 400 * (1.5 + math.sin(i / 60)) * normal(r, 0.05)


def scene_factor(sigma):
    def mib(self, r, i, x):
        return 400 * normal(random.Random(i // self.tiles * 7919 + 1), sigma) * normal(r, 0.05)

    return mib


def versioned(*factors):
    def version(self, i):
        return i * len(factors) // self.tasks

    def mib(self, r, i, x):
        return 400 * factors[version(self, i)] * normal(r, 0.05)

    return {"version": version, "mib": mib}


def uniform(low, high):
    return lambda self, r, i: r.uniform(low, high)


KINDS = {
    "steady": kind(),
    "identical": kind(mib=lambda self, r, i, x: 400.0),
    "lognormal": kind(mib=lambda self, r, i, x: 400 * normal(r, 0.6), guess=(900, 120)),
    "pareto": kind(mib=lambda self, r, i, x: min(15000, 300 * r.paretovariate(2.5)), guess=(600, 60)),
    "modes": kind(mib=lambda self, r, i, x: (1600 if r.random() < 0.1 else 400) * normal(r, 0.05), guess=(1024, 60)),
    "three-modes": kind(mib=lambda self, r, i, x: r.choice((300, 500, 900)) * normal(r, 0.04)),
    "rare": kind(mib=lambda self, r, i, x: (2400 if r.random() < 0.005 else 400) * normal(r, 0.05)),
    "line": kind(x=uniform(2, 32), mib=lambda self, r, i, x: (120 + 15 * x) * normal(r, 0.05), guess=(230, 60)),
    "line-steep": kind(x=uniform(1, 100), mib=lambda self, r, i, x: (40 + 30 * x) * normal(r, 0.08), guess=(800, 60)),
    "line-noisy": kind(x=uniform(2, 32), mib=lambda self, r, i, x: (120 + 15 * x) * normal(r, 0.3), guess=(600, 60)),
    "square": kind(x=uniform(2, 32), mib=lambda self, r, i, x: (200 + x * x) * normal(r, 0.05), guess=(500, 60)),
    "falling": kind(x=uniform(2, 32), mib=lambda self, r, i, x: (600 - 12 * x) * normal(r, 0.05), guess=(500, 60)),
    "two-lines": kind(x=uniform(2, 32), guess=(900, 60),
                      mib=lambda self, r, i, x: (100 + r.choice((10, 30)) * x) * normal(r, 0.05)),
    "growing-x": kind(x=lambda self, r, i: 4.0 * 1.25 ** (i // 40), guess=(200, 60),
                      mib=lambda self, r, i, x: (100 + 12 * x) * normal(r, 0.05)),
    "two-sizes": kind(x=lambda self, r, i: r.choice((8.0, 32.0)), guess=(200, 60),
                      mib=lambda self, r, i, x: (100 + 12 * x) * normal(r, 0.05)),
    "no-x": kind(x=lambda self, r, i: 0.0),
    "random-x": kind(x=uniform(1, 64)),
    "drift": kind(mib=lambda self, r, i, x: 400 * 3 ** (i / 400) * normal(r, 0.05), guess=(470, 60)),
    "shrinking": kind(mib=lambda self, r, i, x: 1200 * 3 ** (-i / 400) * normal(r, 0.05), guess=(1000, 60)),
    "jump": kind(mib=lambda self, r, i, x: 400 * (2.5 if i >= 200 else 1) * normal(r, 0.05)),
    "day": kind(mib=slow_by_day),
    "scenes": kind(mib=scene_factor(0.35), guess=(550, 60)),
    "scenes-wide": kind(mib=scene_factor(0.6), guess=(550, 60), tiles=20),
    "one-scene": kind(tiles=400),
    "scene-each": kind(tiles=1, mib=lambda self, r, i, x: 400 * normal(r, 0.2)),
    "versions": kind(**versioned(1, 2, 0.6)),
    "versions-many": kind(**versioned(1, 3, 0.3, 2, 1, 2, 1, 4)),
    "bad-node": kind(factor=lambda self, i, node: 1.75 if node == 5 and i >= 100 else 1.0),
    "bad-nodes": kind(factor=lambda self, i, node: 2.0 if node in (2, 5) and i >= 60 else 1.0),
    "bad-mended": kind(factor=lambda self, i, node: 1.75 if node == 5 and 60 <= i < 200 else 1.0),
    "bad-slightly": kind(factor=lambda self, i, node: 1.2 if node == 5 else 1.0),
    "unseen": kind(seen=0.65),
    "unseen-much": kind(seen=0.3),
    "seen-too-much": kind(seen=1.5),
    "tiny": kind(mib=lambda self, r, i, x: 33 * normal(r, 0.02), guess=(64, 60)),
    "large": kind(mib=lambda self, r, i, x: min(15990, 14000 * normal(r, 0.08)), guess=(8000, 60)),
    "half-node": kind(mib=lambda self, r, i, x: 7800 * normal(r, 0.02), guess=(4000, 60)),
    "few": kind(tasks=14, tiles=7),
    "guess-low": kind(guess=(33, 60)),
    "guess-high": kind(guess=(16000, 3600)),
    "guess-tenth": kind(mib=lambda self, r, i, x: 9000 * normal(r, 0.1), guess=(300, 60)),
}


def trace(name, seed):
    r = random.Random(f"{name}/{seed}")
    made = KINDS[name]()
    yield f"# guess_mib={made.guess[0]} guess_s={made.guess[1]}"
    yield COLUMNS
    for i in range(made.tasks):
        x = made.x(r, i)
        node = r.randrange(NODES)
        calm = made.mib(r, i, x)
        seconds = max(1.0, (30 if x == 0 else x) * normal(r, 0.25))
        factor = made.factor(i, node)
        similar = sorted(made.mib(r, i, x) for _ in range(300))
        yield (f"{i},{i // made.tiles},{made.version(i)},{x:.2f},{calm * factor:.1f},{calm:.1f},"
               f"{seconds * factor:.1f},{seconds:.1f},{node},{similar[296]:.1f},{made.seen}")


def main(folder, *seeds):
    for name in KINDS:
        for seed in seeds or ("1",):
            Path(folder, f"{name}-{seed}.csv").write_text("\n".join(trace(name, seed)) + "\n", encoding="ascii")


if __name__ == "__main__":
    main(*sys.argv[1:])
