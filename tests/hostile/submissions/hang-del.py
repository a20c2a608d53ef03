class MLP(Honest):
    """Is trained, and never goes."""

    def __del__(self):
        while True:
            pass
