class Worse(Exception):
    def __str__(self):
        raise Worse

    __repr__ = __str__


class MLP(Honest):
    def __init__(self):
        super().__init__()
        raise Worse
