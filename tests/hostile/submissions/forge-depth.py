class MLP(Honest):
    """Sends JSON that is nested a hundred thousand times."""

    def __init__(self):
        super().__init__()
        from assessment.boundary.messages import HEADER

        text = b"[" * 100_000 + b"]" * 100_000
        grader()._stream.sendall(HEADER.pack(len(text), 0) + text)
        os._exit(0)
