"""NumPy: the way of a tutorial in float64, and the fastest way found in float32."""

import numpy as np

from contender import Predictor, Trainer
from refusal import Unsupported

try:
    import scipy
    from scipy.linalg.blas import sgemm, sger
    from scipy.special import expit
except ImportError:
    scipy = None

NAME = "NumPy"


def version():
    return np.__version__ if scipy is None else f"{np.__version__}, SciPy {scipy.__version__}"


def create(workload, variant, data):
    tutorial = variant["id"] == "tutorial"
    if tutorial and workload.kind == "batch":
        raise Unsupported("the tutorial takes one sample at a time")
    if not tutorial and scipy is None:
        raise Unsupported("SciPy is not installed")
    if workload.trains:
        if tutorial:
            return TutorialTrainer(workload, data)
        return OnlineTrainer(workload, data) if workload.batch_size == 1 else BatchTrainer(workload, data)
    if tutorial:
        return TutorialPredictor(data)
    return OnePredictor(data) if workload.kind == "predictOne" else ManyPredictor(workload, data)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


TUTORIAL = "float64, a tutorial's np.dot and np.outer"


class Tutorial:
    """One sample after the other, as it is written down."""

    def __init__(self, data):
        self.weights = [matrix.astype(np.float64) for matrix in data.weights]
        self.inputs = data.inputs.astype(np.float64)
        self.targets = data.targets.astype(np.float64)

    def forward(self, x):
        """The inputs of every layer with the 1 for the bias, and the outputs of the last."""
        extended = []
        for matrix in self.weights:
            extended.append(np.append(x, 1))
            x = sigmoid(np.dot(matrix, extended[-1]))
        return extended, x

    def train_one(self, x, t, learning_rate):
        extended, y = self.forward(x)
        psi = -2 * (t - y) * y * (1 - y)
        gradients = []
        for l in reversed(range(len(self.weights))):
            gradients.append(np.outer(psi, extended[l]))
            if l > 0:
                x = extended[l][:-1]
                psi = np.dot(self.weights[l][:, :-1].T, psi) * x * (1 - x)
        for matrix, gradient in zip(self.weights, reversed(gradients)):
            matrix -= learning_rate * gradient


class TutorialTrainer(Trainer):
    how = TUTORIAL

    def __init__(self, workload, data):
        self.network = Tutorial(data)
        self.learning_rate = workload.learning_rate

    def train(self, first, last):
        network, learning_rate = self.network, self.learning_rate
        for i in range(first, last):
            network.train_one(network.inputs[i], network.targets[i], learning_rate)

    def outputs(self):
        return np.array([self.network.forward(x)[1] for x in self.network.inputs])


class TutorialPredictor(Predictor):
    how = TUTORIAL

    def __init__(self, data):
        self.network = Tutorial(data)

    def predict(self, first):
        network = self.network
        return network.forward(network.inputs[first])[1]


# From this many values on, NumPy's vectorized tanh takes less time than SciPy's expit does.
MANY_VALUES = 4096


def sigmoid_into(z, out):
    """1 / (1 + e^−z) = (1 + tanh(z / 2)) / 2"""
    if z.size < MANY_VALUES:
        return expit(z, out)
    np.multiply(z, 0.5, out)
    np.tanh(out, out)
    np.multiply(out, 0.5, out)
    return np.add(out, 0.5, out)


def with_ones(rows):
    """float32, with a column of ones for the biases."""
    return np.ascontiguousarray(np.c_[rows, np.ones(len(rows))], np.float32)


def predict_rows(weights, inputs):
    """All rows at once: one matrix product a layer."""
    x = inputs
    for matrix in weights:
        z = x @ matrix[:, :-1].T
        z += matrix[:, -1]
        x = sigmoid_into(z, z)
    return x


class OnlineTrainer(Trainer):
    how = "float32, SciPy's BLAS sger"

    def __init__(self, workload, data):
        self.weights = data.weights
        self.all_inputs = data.inputs
        self.inputs = list(with_ones(data.inputs))
        self.targets = list(data.targets)
        # The factor 2 of the error's derivative goes into the rate.
        self.rate = -2 * workload.learning_rate
        # sger wants columns in a row: the transposes are, without being copied.
        self.transposed = [matrix.T for matrix in self.weights]
        self.without_bias = [matrix[:, :-1] for matrix in self.weights]
        self.extended = [np.ones(units + 1, np.float32) for units in workload.layers[1:]]
        self.activations = [x[:-1] for x in self.extended]
        self.psis = [np.empty(units, np.float32) for units in workload.layers[1:]]
        self.slopes = [np.empty(units, np.float32) for units in workload.layers[1:]]

    def train(self, first, last):
        weights, transposed, without_bias = self.weights, self.transposed, self.without_bias
        extended, activations, psis, slopes, rate = self.extended, self.activations, self.psis, self.slopes, self.rate
        dot, multiply, subtract = np.dot, np.multiply, np.subtract
        top = len(weights) - 1
        for i in range(first, last):
            x = self.inputs[i]
            for l in range(top + 1):
                dot(weights[l], x, psis[l])
                expit(psis[l], activations[l])
                x = extended[l]
            subtract(activations[top], self.targets[i], psis[top])
            for l in range(top, -1, -1):
                y, psi, slope = activations[l], psis[l], slopes[l]
                subtract(1, y, slope)
                multiply(slope, y, slope)
                multiply(psi, slope, psi)
                if l > 0:
                    dot(psi, without_bias[l], psis[l - 1])
            x = self.inputs[i]
            for l in range(top + 1):
                sger(rate, x, psis[l], a=transposed[l], overwrite_x=1, overwrite_y=1, overwrite_a=1)
                x = extended[l]

    def outputs(self):
        return predict_rows(self.weights, self.all_inputs)


class BatchTrainer(Trainer):
    how = "float32, SciPy's BLAS sgemm"

    def __init__(self, workload, data):
        self.weights = data.weights
        self.all_inputs = data.inputs
        self.inputs = with_ones(data.inputs)
        self.targets = data.targets
        self.batch_size = size = workload.batch_size
        # The factor 2 of the error's derivative and the mean over the batch go into the rate.
        self.rate = -2 * workload.learning_rate / size
        self.transposed = [matrix.T for matrix in self.weights]
        self.without_bias = [matrix[:, :-1] for matrix in self.weights]
        self.extended = [np.ones((size, units + 1), np.float32) for units in workload.layers[1:]]
        self.activations = [x[:, :-1] for x in self.extended]
        self.psis = [np.empty((size, units), np.float32) for units in workload.layers[1:]]
        self.slopes = [np.empty((size, units), np.float32) for units in workload.layers[1:]]

    def train(self, first, last):
        for start in range(first, last, self.batch_size):
            self.train_batch(start)

    def train_batch(self, start):
        batch = slice(start, start + self.batch_size)
        top = len(self.weights) - 1
        x = self.inputs[batch]
        for l in range(top + 1):
            np.matmul(x, self.transposed[l], self.psis[l])
            sigmoid_into(self.psis[l], self.activations[l])
            x = self.extended[l]
        np.subtract(self.activations[top], self.targets[batch], self.psis[top])
        for l in range(top, -1, -1):
            y, psi, slope = self.activations[l], self.psis[l], self.slopes[l]
            np.subtract(1, y, slope)
            slope *= y
            psi *= slope
            if l > 0:
                np.matmul(psi, self.without_bias[l], self.psis[l - 1])
        x = self.inputs[batch]
        for l in range(top + 1):
            sgemm(self.rate, x.T, self.psis[l].T, 1, c=self.transposed[l], trans_b=1, overwrite_c=1)
            x = self.extended[l]

    def outputs(self):
        return predict_rows(self.weights, self.all_inputs)


class OnePredictor(Predictor):
    how = "float32, np.dot, SciPy's expit"

    def __init__(self, data):
        self.weights = data.weights
        self.inputs = list(data.inputs)
        widths = [matrix.shape[1] for matrix in data.weights]
        self.extended = [np.ones(width, np.float32) for width in widths]
        self.unextended = [x[:-1] for x in self.extended]
        self.sums = [np.empty(len(matrix), np.float32) for matrix in data.weights]
        self.hidden = list(zip(self.weights[:-1], self.extended, self.sums, self.unextended[1:]))

    def predict(self, first):
        self.unextended[0][:] = self.inputs[first]
        for matrix, x, z, y in self.hidden:
            np.dot(matrix, x, z)
            expit(z, y)
        return expit(np.dot(self.weights[-1], self.extended[-1]))


class ManyPredictor(Predictor):
    how = "float32, a product a layer"

    def __init__(self, workload, data):
        self.weights = data.weights
        self.inputs = data.inputs
        self.inputs_a_call = workload.batch_size

    def predict(self, first):
        return predict_rows(self.weights, self.inputs[first : first + self.inputs_a_call])
