import torch
import torch.nn as nn
import torchvision.models as models
from torchvision import transforms, datasets
from tqdm import tqdm

NUM_CLASSES = 10


def evaluate(net, loader):
    correct = 0
    with torch.no_grad():
        for x, y in loader:
            correct += (net(x).argmax(1) == y).sum().item()
    return correct / len(loader.dataset)


if __name__ == "__main__":
    alexnet = models.alexnet(weights=None)
    alexnet.features[0] = nn.Conv2d(1, 64, kernel_size=11, stride=4, padding=2)
    alexnet.classifier[6] = nn.Linear(4096, NUM_CLASSES)
    print(sum(p.numel() for p in alexnet.parameters()))
    loader = torch.utils.data.DataLoader(datasets.MNIST(".", download=True), batch_size=32)
    optimizer = torch.optim.Adam(alexnet.parameters(), lr=0.001)
    for epoch in tqdm(range(10)):
        for x, y in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(alexnet(x), y).backward()
            optimizer.step()
    print("accuracy", evaluate(alexnet, loader))
