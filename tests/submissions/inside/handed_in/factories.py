import torch
from torch import nn

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


def conv_block(n_in, n_out, activation):
    return nn.Sequential(nn.Conv2d(n_in, n_out, 3, padding=1), ACTIVATIONS[activation]())


def make_model(activation="relu", *, num_classes=10):
    layers = [conv_block(1, 8, activation), nn.MaxPool2d(2), nn.Flatten()]
    net = nn.Sequential(*layers, nn.Linear(8 * 14 * 14, num_classes))
    net.to("cpu")
    return net


def make_mlp(hidden):
    class MLP(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(784, hidden), nn.Linear(hidden, 10)])

        def forward(self, x):
            x = x.view(-1, 784)
            return self.layers[1](torch.relu(self.layers[0](x)))

    return MLP()


tiny = lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 10))


def count(model):
    return sum(p.numel() for p in model.parameters())


def run(epochs=3):
    model = make_model()
    for _ in range(epochs):
        model(torch.zeros(1, 1, 28, 28)).sum().backward()
    return model


trained = run()
