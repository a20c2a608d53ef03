import sys
import torch
from torch import nn

epochs = int(input("How many epochs? "))
width = int(raw_input("Width? ")) if sys.version_info < (3,) else int(input("Width? "))
learning_rate = float(sys.argv[1])


class Fixed(nn.Module):
    def __init__(self, width=20):
        super().__init__()
        self.fc = nn.Sequential(nn.Linear(64, width), nn.Tanh(), nn.Linear(width, 10))

    def forward(self, x):
        return self.fc(x.reshape(len(x), -1))


class Asking(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, width)

    def forward(self, x):
        return self.fc(x.flatten(1))


if input("Train? [y/n] ") == "y":
    model = Fixed()
    for _ in range(epochs):
        model(torch.zeros(1, 64)).sum().backward()
else:
    exit()
