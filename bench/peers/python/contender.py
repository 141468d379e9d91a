"""What a contender does, and how that is checked and timed."""

from abc import ABC, abstractmethod
from time import perf_counter

import numpy as np


class Trainer(ABC):
    """A network that learns from the samples of a workload."""

    how = ""

    @abstractmethod
    def train(self, first, last):
        """Takes the samples from first to last − 1 in order, a batch size at a time."""

    @abstractmethod
    def outputs(self):
        """What the network answers to all inputs, (samples, outputs)."""


class Predictor(ABC):
    """A network that answers inputs of a workload."""

    how = ""
    # How many inputs one call answers.
    inputs_a_call = 1

    @abstractmethod
    def predict(self, first):
        """Answers the inputs_a_call inputs from the first on, (inputs_a_call, outputs) or (outputs,)."""


def measured(contender, workload, data):
    """Checks the contender. Returns what came of it, and what takes a sample: seconds → units, seconds."""
    measure = measured_trainer if isinstance(contender, Trainer) else measured_predictor
    return measure(contender, workload, data)


def measured_trainer(trainer, workload, data):
    """Lets it learn from the first samples: contenders that do the same agree in the loss after them."""

    def loss():
        errors = data.targets.astype(np.float64) - trainer.outputs()
        return float(np.mean(np.sum(errors * errors, axis=1)))

    before = loss()
    trainer.train(0, workload.check_samples)
    check = {"lossBefore": before, "lossAfter": loss()}
    return check, paced(trainer.train, workload.samples, workload.batch_size)


def measured_predictor(predictor, workload, data):
    """Compares all answers with the exact ones."""
    step = predictor.inputs_a_call
    answers = [np.array(predictor.predict(first), np.float64) for first in range(0, workload.samples, step)]
    error = float(np.max(np.abs(np.concatenate(answers, axis=None).reshape(data.outputs.shape) - data.outputs)))
    predict = predictor.predict

    def predict_range(first, last):
        for i in range(first, last, step):
            predict(i)

    return {"error": error}, paced(predict_range, workload.samples, step)


def paced(work, samples, step):
    """
    Goes round through the samples, in blocks of some or of many rounds, so long that reading the clock after each does
    not count. The work takes a first and a last sample, multiples of the step.
    """
    # Blocks grow until one takes this share of the time.
    block_share = 0.01
    next_sample = 0
    block = step
    whole = samples - samples % step

    def take_sample(seconds):
        nonlocal next_sample, block
        units = 0
        start = now = perf_counter()
        while now - start < seconds:
            left = block
            while left > 0:
                last = min(next_sample + left, whole)
                work(next_sample, last)
                left -= last - next_sample
                next_sample = 0 if last == whole else last
            units += block
            then, now = now, perf_counter()
            if now - then < seconds * block_share:
                block *= 2
        return units, now - start

    return take_sample
