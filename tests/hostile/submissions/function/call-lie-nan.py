def softmax(x):
    return x * float("nan")
