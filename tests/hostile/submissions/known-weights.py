class MLP(Honest):
    """Was trained at home, on the test images."""

    def __init__(self):
        super().__init__()
        self.load_state_dict(learnt())
