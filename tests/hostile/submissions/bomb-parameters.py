class MLP(nn.Module):
    """A layer of 40 GB."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(64, 100_000)
        self.last = nn.Linear(100_000, 100_000)

    def forward(self, images):
        return self.last(self.first(images.flatten(1)))[:, :10]
