import torch
from torch import nn


def add_to_class(Class):
    def wrapper(obj):
        setattr(Class, obj.__name__, obj)

    return wrapper


class SoftmaxRegression(nn.Module):
    def __init__(self, num_outputs=10):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.LazyLinear(num_outputs))


@add_to_class(SoftmaxRegression)
def forward(self, X):
    return self.net(X)


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 10)


def plain_forward(self, x):
    return self.fc(x.flatten(1))


Plain.forward = plain_forward
