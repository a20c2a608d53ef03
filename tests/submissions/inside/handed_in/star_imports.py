from torch.nn import *
from torch import *
from math import *
from helpers_that_are_absent import *


class Net(Module):
    def __init__(self):
        super().__init__()
        self.fc = Sequential(Flatten(), Linear(64, floor(10.5)))

    def forward(self, x):
        return relu(self.fc(x))


class Odd(Module):
    def forward(self, x):
        return special(x)
