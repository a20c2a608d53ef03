"""EE449 homework, all variants in one file."""
from collections import OrderedDict
from dataclasses import dataclass, replace

import torch
from torch import nn

BLOCKS = nn.ModuleDict({"relu": nn.ReLU(), "sigmoid": nn.Sigmoid(), "tanh": nn.Tanh()})


@dataclass(frozen=True)
class HParams:
    widths: tuple = (64, 48, 10)
    act: str = "relu"
    dropout: float = 0.0
    lr: float = 1e-2


class MLP(nn.Module):
    def __init__(self, hparams):
        super().__init__()
        self.hparams = hparams
        self.acts = nn.ModuleDict({"relu": nn.ReLU(), "sigmoid": nn.Sigmoid(), "tanh": nn.Tanh()})
        self.fcs = nn.ModuleList(
            nn.Linear(a, b) for a, b in zip(hparams.widths[:-1], hparams.widths[1:])
        )
        self.drop = nn.Dropout(hparams.dropout)

    def forward(self, x):
        x = x.flatten(1)
        for fc in self.fcs[:-1]:
            x = self.drop(self.acts[self.hparams.act](fc(x)))
        return self.fcs[-1](x)


class Branches(nn.Module):
    def __init__(self, kinds=("narrow", "wide")):
        super().__init__()
        widths = {"narrow": 8, "wide": 24}
        self.branches = nn.ModuleDict(
            OrderedDict((kind, nn.Linear(64, widths[kind])) for kind in kinds)
        )
        self.head = nn.Linear(sum(widths[kind] for kind in kinds), 10)

    def forward(self, x):
        x = x.reshape(len(x), -1)
        return self.head(torch.cat([torch.relu(b(x)) for b in self.branches.values()], dim=1))


BASE = HParams()
RUNS = {
    "base": BASE,
    "sigmoid": replace(BASE, act="sigmoid"),
    "deep": replace(BASE, widths=(64, 48, 24, 10), dropout=0.1),
}

if __name__ == "__main__":
    results = {}
    for name, hparams in RUNS.items():
        model = MLP(hparams)
        optimizer = torch.optim.SGD(model.parameters(), lr=hparams.lr)
        results[name] = train_and_test(model, optimizer)
    torch.save(results, "results.pt")
