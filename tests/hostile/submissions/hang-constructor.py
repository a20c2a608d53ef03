class MLP(Honest):
    def __init__(self):
        super().__init__()
        while True:
            pass
