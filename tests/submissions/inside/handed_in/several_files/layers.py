import torch
from torch import nn
import model


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.factor = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return x * self.factor


class Around(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = model.Net(8)
