class MLP(Honest):
    def __init__(self):
        super().__init__()
        import ctypes

        ctypes.string_at(8)
