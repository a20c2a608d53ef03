from torch import nn

from ..common import KERNEL
from .mlp import MLP


class SmallCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, KERNEL)
        self.head = MLP(4 * 6 * 6)

    def forward(self, x):
        return self.head(self.conv(x).relu())
