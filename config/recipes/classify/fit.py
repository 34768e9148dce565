#!/usr/bin/env python3
"""The centres of the land-cover classes, by k-means over samples of the whole scene. Writes them as JSON for classify.py.

The method is Lloyd's (1982, doi:10.1109/TIT.1982.1056489). The samples are windows on a grid over the scene. Several tasks
work together, without MPI: each reads the windows that are its own and, in each round, puts the sums of each of its windows
where the other tasks see them (swath_exchange.py). Every task adds up all sums in the order of the windows. So each task finds
the same centres, and they are the same bits whatever the number of tasks is.
"""
import json
import os
import sys

import numpy as np

import swath_exchange as exchange
import swath_tile

sys.dont_write_bytecode = True  # jobs may not write to this folder
import classify  # noqa: E402

WINDOWS, SIDE = 24, 32  # samples: 24 x 24 windows of 32 x 32 pixels; of a scene that is smaller, all pixels
ROUNDS = 60
STILL = 1e-3  # standard deviations: when no centre moves further, they are found


def windows(width, height):
    """x, y, width and height of the samples; the same for every task."""
    def starts(length):
        side = min(SIDE, length)
        if length <= WINDOWS * SIDE:
            return [(start, min(side, length - start)) for start in range(0, length, side)]
        return [(round(part), side) for part in np.linspace(0, length - side, WINDOWS)]
    return [(x, y, across, down) for y, down in starts(height) for x, across in starts(width)]


def added(name, sums, count):
    """The sum over all windows, of all tasks. `sums`: those of this task's windows; `count`: how many windows there are."""
    exchange.put(name, np.array(sums))
    parts = [exchange.get(name, task) for task in range(exchange.TASKS)]
    every = [parts[number % exchange.TASKS][number // exchange.TASKS] for number in range(count)]
    return np.sum(np.stack(every), axis=0), every  # along the first axis numpy adds one after the other


def sums_of(pixels, classes, count):
    """For each class: how many pixels, and the sum of each band. bincount adds one pixel after the other."""
    return np.stack([np.bincount(classes, minlength=count).astype(np.float64)]
                    + [np.bincount(classes, band, count) for band in pixels])


def first_centres(pixels):
    """Of one pixel of each window (standardized), one after the other: the pixel that leaves the smallest sum of squared
    distances (Likas, Vlassis and Verbeek 2003, doi:10.1016/S0031-3203(02)00060-2)."""
    distances = ((pixels[:, None] - pixels[None]) ** 2).sum(axis=2)
    least, chosen = np.full(len(pixels), np.inf), []
    for _ in range(classify.CLASSES):
        chosen.append(int(np.minimum(distances, least).sum(axis=1).argmin()))
        least = np.minimum(least, distances[chosen[-1]])
    return pixels[chosen]


def moments(pixels):
    """How many, and for each band the sum, the sum of squares, and the value of the pixel in the middle."""
    count = pixels.shape[1]
    middle = pixels[:, count // 2] if count else np.zeros(len(pixels))
    return np.concatenate([[count], pixels.sum(axis=1), (pixels ** 2).sum(axis=1), middle])


def greenness(fitted, names):
    """The vegetation index of each centre, by which the classes are numbered."""
    physical = np.array(fitted["centres"]) * fitted["deviation"] + fitted["mean"]
    red, nir = physical[:, names.index("red")], physical[:, names.index("nir")]
    total = np.abs(nir) + np.abs(red)
    return np.where(total > 0, (nir - red) / np.where(total > 0, total, 1), 0)


def fit(scene, names):
    places = windows(scene.RasterXSize, scene.RasterYSize)
    samples = []
    for place in exchange.mine(places):
        values, valid = classify.read(scene, *place)
        samples.append(values[:, valid])
    rows = np.reshape([moments(pixels) for pixels in samples], (len(samples), 1 + 3 * len(names)))
    total, every = added("moments", rows, len(places))
    count, (first, second, _) = total[0], np.split(total[1:], 3)
    if not count:
        return {"mean": [0.0] * len(names), "deviation": [1.0] * len(names), "centres": [[0.0] * len(names)]}, 0, 0
    mean = first / count
    deviation = np.sqrt(np.maximum(second / count - mean ** 2, 0))
    fitted = {"mean": mean.tolist(), "deviation": np.where(deviation > 0, deviation, 1).tolist()}
    middles = np.array([row[-len(names):] for row in every if row[0]])
    centres = first_centres(classify.standardized(middles.T, fitted).T)
    samples = [classify.standardized(pixels, fitted) for pixels in samples]
    for number in range(ROUNDS):
        sums = [sums_of(pixels, classify.nearest(pixels, centres), len(centres)) for pixels in samples]
        total, _ = added(f"round-{number}", np.reshape(sums, (len(samples), 1 + len(names), len(centres))), len(places))
        moved = np.where(total[0] > 0, total[1:] / np.maximum(total[0], 1), centres.T).T  # a class without pixels stays
        step, centres = np.abs(moved - centres).max(), moved
        if step <= STILL:
            break
    fitted["centres"] = centres.tolist()
    order = np.argsort(greenness(fitted, names), kind="stable")
    fitted["centres"] = centres[order].tolist()
    return fitted, int(count), number + 1


def main():
    scene = swath_tile.scene()
    fitted, pixels, rounds = fit(scene, os.environ["SWATH_BANDS"].split(","))
    if exchange.TASK == 0:
        with open(os.environ["SWATH_OUTPUT"], "w") as file:
            json.dump(fitted, file)
        swath_tile.note(f"{classify.CLASSES} classes from {pixels} pixels in {rounds} rounds, by {exchange.TASKS} tasks")


if __name__ == "__main__":
    main()
