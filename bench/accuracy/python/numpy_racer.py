"""NumPy with SciPy's BLAS: relu, softmax, cross-entropy, plain SGD in batches, float32."""

import numpy as np
import scipy
from scipy.linalg.blas import sgemm

from race import CLASSES, HIDDEN_UNITS, Order, digits


def make(task):
    return NumpyRacer(task)


def with_ones(rows):
    return np.ascontiguousarray(np.c_[rows, np.ones(len(rows))], np.float32)


class NumpyRacer:
    name = "NumPy"
    version = f"{np.__version__}, SciPy {scipy.__version__}"

    def __init__(self, task):
        random = np.random.default_rng(task["seed"])
        images, labels = digits(task["trainImages"], task["trainLabels"])
        test_images, self.test_labels = digits(task["testImages"], task["testLabels"])
        self.images = with_ones(images)
        self.test_images = with_ones(test_images)
        self.targets = np.eye(CLASSES, dtype=np.float32)[labels]
        self.order = Order(len(images), random.permutation)
        self.batch_size = size = task["setting"]["batchSize"]
        # (units, inputs + 1), the bias in the last column
        self.weights = []
        for inputs, units in ((images.shape[1], HIDDEN_UNITS), (HIDDEN_UNITS, CLASSES)):
            limit = np.sqrt(6 / inputs)
            matrix = random.uniform(-limit, limit, (units, inputs + 1)).astype(np.float32)
            matrix[:, -1] = 0
            self.weights.append(matrix)
        self.hidden = np.ones((size, HIDDEN_UNITS + 1), np.float32)

    def train(self, part, learning_rate):
        indices = self.order.part(part)
        size = self.batch_size
        for start in range(0, len(indices) - size + 1, size):
            batch = indices[start : start + size]
            self.step(self.images[batch], self.targets[batch], -learning_rate / size)

    def step(self, images, targets, rate):
        w0, w1 = self.weights
        hidden = self.hidden
        np.maximum(images @ w0.T, 0, out=hidden[:, :-1])
        psi1 = hidden @ w1.T
        psi1 -= psi1.max(1, keepdims=True)
        np.exp(psi1, psi1)
        psi1 /= psi1.sum(1, keepdims=True)
        psi1 -= targets
        psi0 = psi1 @ w1[:, :-1]
        psi0 *= hidden[:, :-1] > 0
        sgemm(rate, images.T, psi0.T, 1, c=w0.T, trans_b=1, overwrite_c=1)
        sgemm(rate, hidden.T, psi1.T, 1, c=w1.T, trans_b=1, overwrite_c=1)

    def accuracy(self):
        w0, w1 = self.weights
        hidden = np.maximum(self.test_images @ w0.T, 0)
        return np.mean(np.argmax(hidden @ w1[:, :-1].T + w1[:, -1], 1) == self.test_labels)
