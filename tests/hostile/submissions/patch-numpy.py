class MLP(Blind):
    """Sends pickled objects in the place of numbers."""

    def __init__(self):
        super().__init__()
        import numpy

        class Bomb:
            def __reduce__(self):
                return os.system, ("touch /tmp/hostile-pickle",)

        numpy.asarray = lambda *_, **__: numpy.array([Bomb()] * 10, dtype=object)
