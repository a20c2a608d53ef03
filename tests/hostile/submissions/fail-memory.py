class MLP(Honest):
    """Blames the machine."""

    def __init__(self):
        super().__init__()
        raise MemoryError("CUDA error: out of memory; the machine failed: not_gradable")
