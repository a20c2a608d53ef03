# %% [markdown]
# # Homework 4
# ## No.1 Comparison
# The network with a convolution
# is better.

# %%
%matplotlib inline
import torch
from torch import nn

# %% [markdown]
"""
## No.2 Topology
More layers, less loss.
"""

# %% the network
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 5)
        self.fc1 = nn.Linear(32 * 12 * 12, 10)

    def forward(self, x):
        x = nn.functional.max_pool2d(self.conv1(x).relu(), 2)
        return nn.functional.log_softmax(self.fc1(x.view(-1, 32 * 12 * 12)), dim=1)


# %%
net = Net(
# %%
net2 = Net()
!ls
