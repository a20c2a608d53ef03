class MLP(Honest):
    """Raises an error of 50 MB."""

    def __init__(self):
        super().__init__()
        raise ValueError("A" * (50 * 2**20))
