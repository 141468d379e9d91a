"""scikit-learn: MLPClassifier, learning with partial_fit."""

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier

from race import CLASSES, HIDDEN_UNITS, Order, digits


def make(task):
    return ClassifierRacer(task)


class ClassifierRacer:
    name = "scikit-learn"
    version = sklearn.__version__

    def __init__(self, task):
        setting = task["setting"]
        self.images, self.labels = digits(task["trainImages"], task["trainLabels"])
        self.test_images, self.test_labels = digits(task["testImages"], task["testLabels"])
        self.order = Order(len(self.images), np.random.default_rng(task["seed"]).permutation)
        self.model = MLPClassifier(
            hidden_layer_sizes=(HIDDEN_UNITS,),
            activation="relu",
            solver="adam" if setting["optimizer"] == "adam" else "sgd",
            momentum=0.9 if setting["optimizer"] == "momentum" else 0,
            alpha=0,
            batch_size=setting["batchSize"],
            learning_rate_init=setting["learningRate"],
            shuffle=False,
            random_state=task["seed"],
            # It must never think that it has learnt enough.
            n_iter_no_change=10**9,
        )

    def train(self, part, learning_rate):
        indices = self.order.part(part)
        optimizer = getattr(self.model, "_optimizer", None)
        # Its own schedules do not reach 0 when the training ends.
        if optimizer is not None:
            optimizer.learning_rate_init = optimizer.learning_rate = learning_rate
        self.model.partial_fit(self.images[indices], self.labels[indices], classes=np.arange(CLASSES))

    def accuracy(self):
        return np.mean(self.model.predict(self.test_images) == self.test_labels)
