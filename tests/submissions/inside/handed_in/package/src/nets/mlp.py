from torch import nn

DEFAULT = 12


class MLP(nn.Module):
    def __init__(self, inputs=64, width=DEFAULT):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(), nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, 10)
        )

    def forward(self, x):
        return self.layers(x)
