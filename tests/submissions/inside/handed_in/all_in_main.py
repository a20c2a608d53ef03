import argparse
import os
import torch


def main(hidden=48):
    import torch.nn as nn
    from torchvision import datasets

    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, required=True)
    args = parser.parse_args()
    os.makedirs("out", exist_ok=True)
    num_classes = 10

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1 = nn.Linear(64, hidden)
            self.fc2 = nn.Linear(hidden, num_classes)

        def forward(self, x):
            return self.fc2(torch.relu(self.fc1(x.flatten(1))))

    net = Net()
    linear = nn.Sequential(nn.Flatten(), nn.Linear(64, num_classes))
    data = datasets.MNIST("data", download=True)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for epoch in range(args.epochs):
        for x, y in torch.utils.data.DataLoader(data):
            loss = nn.functional.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()


main()
