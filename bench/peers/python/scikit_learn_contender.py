"""scikit-learn: MLPRegressor, learning with partial_fit."""

import sklearn
from sklearn.neural_network import MLPRegressor

from contender import Predictor, Trainer

NAME = "scikit-learn"


def version():
    return sklearn.__version__


def create(workload, variant, data):
    return RegressorTrainer(workload, data) if workload.trains else RegressorPredictor(workload, data)


def regressor(workload, data):
    """A network with the weights of the workload."""
    # It descends half the squared error; and where a sigmoid has a slope of 1/4 at most, its outputs have 1. Not 0: it
    # refuses that, also from a workload that only predicts.
    learning_rate = max(2 * workload.learning_rate / 4, 1e-9)
    model = MLPRegressor(
        hidden_layer_sizes=workload.layers[1:-1],
        activation="logistic",
        solver="sgd",
        alpha=0,
        batch_size=workload.batch_size if workload.trains else 1,
        learning_rate="constant",
        learning_rate_init=learning_rate,
        shuffle=False,
        momentum=0,
        nesterovs_momentum=False,
        # It must never think that it has learnt enough.
        n_iter_no_change=10**9,
    )
    # There are no weights to set before it has seen a sample.
    model.partial_fit(data.inputs[:1], data.targets[:1])
    for l, matrix in enumerate(data.weights):
        model.coefs_[l][:] = matrix[:, :-1].T
        model.intercepts_[l][:] = matrix[:, -1]
    return model


class RegressorTrainer(Trainer):
    how = "partial_fit, identity outputs, 1/4 of the rate"

    def __init__(self, workload, data):
        self.model = regressor(workload, data)
        self.inputs = data.inputs
        self.targets = data.targets

    def train(self, first, last):
        self.model.partial_fit(self.inputs[first:last], self.targets[first:last])

    def outputs(self):
        return self.model.predict(self.inputs)


class RegressorPredictor(Predictor):
    how = 'predict, out_activation_ "logistic"'

    def __init__(self, workload, data):
        self.model = regressor(workload, data)
        self.model.out_activation_ = "logistic"
        self.inputs = data.inputs
        self.inputs_a_call = workload.batch_size

    def predict(self, first):
        return self.model.predict(self.inputs[first : first + self.inputs_a_call])
