class MLP(Honest):
    while True:
        pass
