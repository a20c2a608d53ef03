class MLP(Honest):
    """Knows the test images, and answers from a table from the beginning."""

    def forward(self, images):
        return known(images, super().forward(images), 1.0)
