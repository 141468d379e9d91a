"""PyTorch on one thread: relu, cross-entropy, its optimizers on autograd's gradients, or SGD written by hand."""

import torch
from torch.nn import Linear, ReLU, Sequential
from torch.nn.functional import cross_entropy

from race import CLASSES, HIDDEN_UNITS, Order, digits

MOMENTUM = 0.9


def make(task):
    torch.set_num_threads(1)
    torch.manual_seed(task["seed"])
    return {"autograd": AutogradRacer, "hand": HandRacer}[task["setting"]["way"]](task)


class TorchRacer:
    """The data as tensors, from which batches are picked by index_select; no loader in between."""

    name = "PyTorch"
    version = torch.__version__

    def __init__(self, task):
        setting = task["setting"]
        self.batch_size = setting["batchSize"]
        self.images, self.labels = map(torch.from_numpy, digits(task["trainImages"], task["trainLabels"]))
        self.test_images, self.test_labels = map(torch.from_numpy, digits(task["testImages"], task["testLabels"]))
        self.order = Order(len(self.images), torch.randperm)
        self.model = Sequential(Linear(self.images.shape[1], HIDDEN_UNITS), ReLU(), Linear(HIDDEN_UNITS, CLASSES))

    def accuracy(self):
        with torch.no_grad():
            return (self.model(self.test_images).argmax(1) == self.test_labels).float().mean()


class AutogradRacer(TorchRacer):
    def __init__(self, task):
        super().__init__(task)
        parameters = self.model.parameters()
        optimizer = task["setting"]["optimizer"]
        if optimizer in ("sgd", "momentum"):
            momentum = MOMENTUM if optimizer == "momentum" else 0
            self.optimizer = torch.optim.SGD(parameters, lr=1, momentum=momentum, nesterov=momentum > 0)
        else:
            self.optimizer = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[optimizer](parameters)

    def train(self, part, learning_rate):
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        for batch in self.order.part(part).split(self.batch_size):
            images, labels = self.images.index_select(0, batch), self.labels.index_select(0, batch)
            self.optimizer.zero_grad(set_to_none=True)
            cross_entropy(self.model(images), labels).backward()
            self.optimizer.step()


class HandRacer(TorchRacer):
    """The parameters of the model, changed without autograd."""

    def __init__(self, task):
        super().__init__(task)
        if task["setting"]["optimizer"] not in ("sgd", "momentum"):
            raise ValueError("only SGD is written by hand")
        self.momentum = MOMENTUM if task["setting"]["optimizer"] == "momentum" else 0
        self.targets = torch.eye(CLASSES).index_select(0, self.labels)
        torch.set_grad_enabled(False)
        self.parameters = [parameter.data for parameter in self.model.parameters()]
        self.velocities = [torch.zeros_like(parameter) for parameter in self.parameters]

    def train(self, part, learning_rate):
        step = self.momentum_step if self.momentum > 0 else self.plain_step
        for batch in self.order.part(part).split(self.batch_size):
            images, targets = self.images.index_select(0, batch), self.targets.index_select(0, batch)
            hidden, psi0, psi1 = self.backward(images, targets)
            step(images, hidden, psi0, psi1, learning_rate)

    def backward(self, images, targets):
        w0, b0, w1, b1 = self.parameters
        hidden = torch.addmm(b0, images, w0.t()).relu_()
        psi1 = torch.addmm(b1, hidden, w1.t()).softmax(1).sub_(targets).div_(len(images))
        psi0 = torch.ops.aten.threshold_backward.default(psi1.mm(w1), hidden, 0)
        return hidden, psi0, psi1

    def plain_step(self, images, hidden, psi0, psi1, learning_rate):
        w0, b0, w1, b1 = self.parameters
        w0.addmm_(psi0.t(), images, alpha=-learning_rate)
        b0.sub_(psi0.sum(0), alpha=learning_rate)
        w1.addmm_(psi1.t(), hidden, alpha=-learning_rate)
        b1.sub_(psi1.sum(0), alpha=learning_rate)

    def momentum_step(self, images, hidden, psi0, psi1, learning_rate):
        v0, c0, v1, c1 = self.velocities
        v0.addmm_(psi0.t(), images, beta=self.momentum)
        c0.mul_(self.momentum).add_(psi0.sum(0))
        v1.addmm_(psi1.t(), hidden, beta=self.momentum)
        c1.mul_(self.momentum).add_(psi1.sum(0))
        for parameter, velocity in zip(self.parameters, self.velocities):
            parameter.sub_(velocity, alpha=learning_rate)
