"""A workload and the files that describe it."""

from pathlib import Path

import numpy as np


class Workload:
    """What the parent process asks for; the names are those of Workload in ../protocol.ts."""

    def __init__(self, message):
        self.name = message["name"]
        self.kind = message["kind"]
        self.layers = message["layers"]
        self.batch_size = message["batchSize"]
        self.samples = message["samples"]
        self.learning_rate = message["learningRate"]
        self.check_samples = message["checkSamples"]

    @property
    def trains(self):
        return self.kind in ("online", "batch")


class WorkloadData:
    """inputs (samples, n_0), targets (samples, n_L), weights: one (n_{l+1}, n_l + 1) a layer with the bias last."""

    def __init__(self, workload, folder):
        folder = Path(folder)
        layers = workload.layers
        self.inputs = np.fromfile(folder / "inputs.f32", "<f4").reshape(-1, layers[0])
        self.targets = np.fromfile(folder / "targets.f32", "<f4").reshape(-1, layers[-1])
        self.outputs = np.fromfile(folder / "outputs.f64", "<f8").reshape(-1, layers[-1])
        values = np.fromfile(folder / "weights.f32", "<f4")
        shapes = [(units, before + 1) for before, units in zip(layers, layers[1:])]
        ends = np.cumsum([rows * columns for rows, columns in shapes])
        self.weights = [part.reshape(shape).copy() for part, shape in zip(np.split(values, ends[:-1]), shapes)]
