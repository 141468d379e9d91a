"""What ../race.ts and ../child.ts say, for contenders in Python."""

import gzip
import math
from time import perf_counter

import numpy as np

HIDDEN_UNITS = 128
CLASSES = 10
PARTS = 20


def idx_values(path):
    """The values of an IDX file of bytes, plain or gzip."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        content = file.read()
    dimensions = content[3]
    shape = np.frombuffer(content, ">u4", dimensions, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def digits(images_path, labels_path):
    """Images (count, 784) from 0 to 1 in float32, and their labels."""
    images = idx_values(images_path)
    return images.reshape(len(images), -1) / np.float32(255), idx_values(labels_path).astype(np.int64)


def decayed(decay, share):
    if decay == "constant":
        return 1
    if decay == "linear":
        return 1 - share
    if decay == "power":
        return (1 - share) ** 1.5
    if decay == "cosine":
        return (1 + math.cos(math.pi * share)) / 2
    return 0.1 + 4.5 * share if share < 0.2 else (1 - share) / 0.8


def race(racer, task):
    setting = task["setting"]
    steps = round(setting["epochs"] * PARTS)
    seconds = best = step = 0
    while step < steps and best < task["target"] and seconds < task["limitSeconds"]:
        learning_rate = setting["learningRate"] * decayed(setting["decay"], step / steps)
        start = perf_counter()
        racer.train(step % PARTS, learning_rate)
        seconds += perf_counter() - start
        step += 1
        best = max(best, float(racer.accuracy()))
    return {
        "reply": "finished",
        "name": racer.name,
        "version": racer.version,
        "reached": best >= task["target"],
        "accuracy": best,
        "epochs": step / PARTS,
        "seconds": seconds,
    }


class Order:
    """A new random order of the samples for every epoch, part after part."""

    def __init__(self, count, permute):
        self.size = count // PARTS
        self.count = count
        self.permute = permute
        self.order = None

    def part(self, part):
        if part == 0:
            self.order = self.permute(self.count)
        return self.order[part * self.size : (part + 1) * self.size]
