class MLP(Honest):
    """Leaves in the second epoch as if all was well."""

    calls = 0

    def forward(self, images):
        MLP.calls += 1
        if MLP.calls > 60:
            os._exit(0)
        return super().forward(images)
