import torch
import torch.nn as nn
import torch.nn.functional as F
from layers import Scale

__all__ = ["Net", "nn"]


class Net(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.fc1 = nn.Linear(64, hidden)
        self.scale = Scale()
        self.fc2 = nn.Linear(hidden, 10)

    def forward(self, x):
        return self.fc2(self.scale(F.relu(self.fc1(x.flatten(1)))))


print("testing")
assert Net(3)(torch.zeros(1, 64)).shape == (1, 10)
