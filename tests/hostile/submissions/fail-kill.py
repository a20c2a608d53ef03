class MLP(Honest):
    """Kills itself, as a kernel short of memory would."""

    def __init__(self):
        super().__init__()
        import signal

        os.kill(os.getpid(), signal.SIGKILL)
