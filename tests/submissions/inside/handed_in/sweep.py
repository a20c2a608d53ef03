import torch
import torch.nn as nn
import torch.nn.functional as F
import wandb

wandb.login()
sweep_config = {
    "method": "random",
    "metric": {"name": "val_acc", "goal": "maximize"},
    "parameters": {
        "hidden": {"values": [32, 64, 128]},
        "lr": {"min": 1e-4, "max": 1e-1},
    },
}
defaults = dict(hidden=32, lr=0.01, epochs=10, p=0.2)


class SweepNet(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.fc1 = nn.Linear(64, config["hidden"])
        self.fc2 = nn.Linear(config["hidden"], 10)
        self.p = config["p"]

    def forward(self, x):
        x = F.relu(self.fc1(x.view(x.shape[0], -1)))
        return self.fc2(F.dropout(x, self.p, self.training))


def train(config=None):
    with wandb.init(config=config):
        config = wandb.config
        model = SweepNet(config)
        wandb.watch(model)
        for epoch in range(config.epochs):
            loss = run_epoch(model)
            wandb.log({"loss": loss})


best = SweepNet(defaults)
sweep_id = wandb.sweep(sweep_config, project="digits")
wandb.agent(sweep_id, train, count=20)
