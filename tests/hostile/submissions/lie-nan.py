class MLP(Honest):
    """Gives what is neither right nor wrong."""

    def forward(self, images):
        return super().forward(images) * float("nan")
