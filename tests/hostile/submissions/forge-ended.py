class MLP(Honest):
    """Says on its channel what only the server says, on a channel that it does not have."""

    def __init__(self):
        super().__init__()
        grader().send("ended", {"number": 1, "exit_status": 0, "dirty": False})
        os._exit(0)
