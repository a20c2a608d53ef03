class MLP(Honest):
    """Leaves processes behind that have nothing to do with it any more, and one that imitates it."""

    started = False

    def forward(self, images):
        if not MLP.started:
            MLP.started = True
            import signal
            import time

            for _ in range(5):
                if os.fork() == 0:
                    os.setsid()
                    if os.fork() == 0:
                        for number in range(1, signal.NSIG):
                            try:
                                signal.signal(number, signal.SIG_IGN)
                            except (OSError, ValueError):
                                pass
                        time.sleep(3600)
                    os._exit(0)
                os.wait()
        return super().forward(images)
