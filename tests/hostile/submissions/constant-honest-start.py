class MLP(Honest):
    """Has the right parameters and answers one class whatever it learns."""

    def forward(self, images):
        found = super().forward(images)
        return found * 0.0 + torch.eye(10)[3]
