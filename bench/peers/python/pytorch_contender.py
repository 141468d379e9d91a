"""PyTorch: autograd, and the same steps with the backward pass written by hand."""

import os

import torch
from torch.nn import Linear, Sequential, Sigmoid

from contender import Predictor, Trainer
from refusal import Unsupported

NAME = "PyTorch"

# From this many weights on, addcmul_ updates a matrix in less time than addmm_ does.
LARGE_MATRIX = 1 << 18


def version():
    return torch.__version__


def create(workload, variant, data):
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    way, *pools = variant["id"].split("-")
    if workload.trains != (way != "predict"):
        raise Unsupported(f"{way} does not do {workload.kind}")
    contender = create_way(way, workload, data)
    if "blas" in pools:
        contender.how += ", threads in BLAS only"
    return contender


def create_way(way, workload, data):
    if way == "autograd":
        return AutogradTrainer(workload, data)
    # Nothing below asks for gradients.
    torch.set_grad_enabled(False)
    if way == "predict":
        return OnePredictor(data) if workload.kind == "predictOne" else ManyPredictor(workload, data)
    return OnlineTrainer(workload, data) if workload.batch_size == 1 else BatchTrainer(workload, data)


def sequential(data):
    """The network of the workload out of modules."""
    modules = []
    with torch.no_grad():
        for matrix in data.weights:
            units, columns = matrix.shape
            linear = Linear(columns - 1, units)
            linear.weight.copy_(torch.from_numpy(matrix[:, :-1]))
            linear.bias.copy_(torch.from_numpy(matrix[:, -1]))
            modules += [linear, Sigmoid()]
    return Sequential(*modules)


def rows_of(data, batch_size):
    """inputs and targets, as rows or as batches."""
    inputs, targets = torch.from_numpy(data.inputs), torch.from_numpy(data.targets)
    if batch_size == 1:
        return inputs.unbind(), targets.unbind()
    return inputs.split(batch_size), targets.split(batch_size)


class AutogradTrainer(Trainer):
    how = "autograd"

    def __init__(self, workload, data):
        self.model = sequential(data)
        self.parameters = list(self.model.parameters())
        self.batch_size = workload.batch_size
        self.rate = -workload.learning_rate / workload.batch_size
        self.all_inputs = torch.from_numpy(data.inputs)
        self.inputs, self.targets = rows_of(data, workload.batch_size)

    def train(self, first, last):
        model, parameters, rate, size = self.model, self.parameters, self.rate, self.batch_size
        for i in range(first // size, last // size):
            difference = model(self.inputs[i]) - self.targets[i]
            gradients = torch.autograd.grad((difference * difference).sum(), parameters)
            with torch.no_grad():
                for parameter, gradient in zip(parameters, gradients):
                    parameter.add_(gradient, alpha=rate)

    def outputs(self):
        with torch.no_grad():
            return self.model(self.all_inputs).numpy()


def predict_rows(weights, inputs):
    """All rows at once: one matrix product a layer."""
    x = inputs
    for matrix in weights:
        x = torch.addmm(matrix[:, -1], x, matrix[:, :-1].t()).sigmoid_()
    return x


def with_ones(rows):
    """With a column of ones for the biases."""
    return torch.cat([rows, torch.ones(len(rows), 1)], 1)


class HandTrainer(Trainer):
    """Matrices with the bias in the last column, and what is computed written over what was computed before."""

    def __init__(self, workload, data):
        self.weights = [torch.from_numpy(matrix) for matrix in data.weights]
        self.all_inputs = torch.from_numpy(data.inputs)
        self.batch_size = workload.batch_size
        # The factor 2 of the error's derivative and the mean over the batch go into the rate.
        self.rate = -2 * workload.learning_rate / workload.batch_size

    def outputs(self):
        return predict_rows(self.weights, self.all_inputs).numpy()


class OnlineTrainer(HandTrainer):
    how = "backward by hand"

    def __init__(self, workload, data):
        super().__init__(workload, data)
        rows = with_ones(self.all_inputs)
        self.inputs = rows.unbind()
        self.input_rows = rows.split(1)
        self.targets = torch.from_numpy(data.targets).unbind()
        self.backward = [matrix[:, :-1].t() for matrix in self.weights]
        self.extended = [torch.ones(units + 1) for units in workload.layers[1:]]
        self.activations = [x[:-1] for x in self.extended]
        self.psis = [torch.empty(units) for units in workload.layers[1:]]
        self.extended_rows = [x[None] for x in self.extended]
        self.is_large = [matrix.numel() >= LARGE_MATRIX for matrix in self.weights]

    def train(self, first, last):
        weights, backward, psis, rate = self.weights, self.backward, self.psis, self.rate
        extended, activations, is_large = self.extended, self.activations, self.is_large
        mv, sigmoid = torch.mv, torch.sigmoid
        sigmoid_backward = torch.ops.aten.sigmoid_backward.default
        top = len(weights) - 1
        for i in range(first, last):
            x = self.inputs[i]
            for l in range(top + 1):
                mv(weights[l], x, out=psis[l])
                sigmoid(psis[l], out=activations[l])
                x = extended[l]
            error = torch.sub(activations[top], self.targets[i], out=psis[top])
            columns = [None] * (top + 1)
            for l in range(top, -1, -1):
                psi = sigmoid_backward(error, activations[l])
                columns[l] = psi[:, None]
                if l > 0:
                    error = mv(backward[l], psi, out=psis[l - 1])
            x = self.input_rows[i]
            for l in range(top + 1):
                if is_large[l]:
                    weights[l].addcmul_(columns[l], x, value=rate)
                else:
                    weights[l].addmm_(columns[l], x, alpha=rate)
                x = self.extended_rows[l]


class BatchTrainer(HandTrainer):
    how = "backward by hand"

    def __init__(self, workload, data):
        super().__init__(workload, data)
        size = workload.batch_size
        self.inputs = with_ones(self.all_inputs).split(size)
        self.targets = torch.from_numpy(data.targets).split(size)
        self.transposed = [matrix.t() for matrix in self.weights]
        self.without_bias = [matrix[:, :-1] for matrix in self.weights]
        self.extended = [torch.ones(size, units + 1) for units in workload.layers[1:]]
        self.activations = [x[:, :-1] for x in self.extended]
        self.psis = [torch.empty(size, units) for units in workload.layers[1:]]

    def train(self, first, last):
        for i in range(first // self.batch_size, last // self.batch_size):
            self.train_batch(self.inputs[i], self.targets[i])

    def train_batch(self, inputs, targets):
        top = len(self.weights) - 1
        x = inputs
        for l in range(top + 1):
            torch.mm(x, self.transposed[l], out=self.psis[l])
            torch.sigmoid(self.psis[l], out=self.activations[l])
            x = self.extended[l]
        error = torch.sub(self.activations[top], targets, out=self.psis[top])
        psis = [None] * (top + 1)
        for l in range(top, -1, -1):
            psis[l] = torch.ops.aten.sigmoid_backward.default(error, self.activations[l])
            if l > 0:
                error = torch.mm(psis[l], self.without_bias[l], out=self.psis[l - 1])
        x = inputs
        for l in range(top + 1):
            self.weights[l].addmm_(psis[l].t(), x, alpha=self.rate)
            x = self.extended[l]


class OnePredictor(Predictor):
    how = "no_grad, addmv"

    def __init__(self, data):
        self.inputs = list(data.inputs)
        self.layers = []
        for matrix in data.weights:
            weights = torch.from_numpy(matrix[:, :-1].copy())
            biases = torch.from_numpy(matrix[:, -1].copy())
            self.layers.append((biases, weights, torch.empty_like(biases)))

    def predict(self, first):
        x = torch.from_numpy(self.inputs[first])
        for biases, weights, z in self.layers:
            x = torch.addmv(biases, weights, x, out=z).sigmoid_()
        # A copy: the next call writes over x.
        return x.numpy().copy()


class ManyPredictor(Predictor):
    how = "no_grad, addmm"

    def __init__(self, workload, data):
        self.inputs = data.inputs
        self.inputs_a_call = workload.batch_size
        self.layers = []
        for matrix in data.weights:
            weights = torch.from_numpy(matrix[:, :-1].copy())
            self.layers.append((torch.from_numpy(matrix[:, -1].copy()), weights.t()))

    def predict(self, first):
        x = torch.from_numpy(self.inputs[first : first + self.inputs_a_call])
        for biases, weights in self.layers:
            x = torch.addmm(biases, x, weights).sigmoid_()
        return x.numpy()
