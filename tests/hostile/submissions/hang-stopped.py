class MLP(Honest):
    def __init__(self):
        super().__init__()
        import signal

        os.kill(os.getpid(), signal.SIGSTOP)
