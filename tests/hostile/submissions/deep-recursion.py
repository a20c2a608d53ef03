class MLP(Honest):
    """Recurses until the stack is gone."""

    def __init__(self):
        super().__init__()
        import sys

        sys.setrecursionlimit(10**9)

        class Deep:
            def __getattr__(self, name):
                return getattr(self, name + "x")

        repr_of = [[]]
        for _ in range(10**6):
            repr_of = [repr_of]
        repr(repr_of)
        Deep().a
