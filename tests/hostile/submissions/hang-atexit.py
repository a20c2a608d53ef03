class Sleeper:
    def __del__(self):
        while True:
            pass


class MLP(Honest):
    """Leaves behind what keeps a process from ending, signals ignored."""

    def forward(self, images):
        import atexit
        import signal
        import sys
        import threading

        if not hasattr(sys, "hostile"):
            for number in range(1, signal.NSIG):
                try:
                    signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError):
                    pass
            sys.hostile = Sleeper()
            atexit.register(threading.Event().wait)
            threading.Thread(target=threading.Event().wait).start()
        return super().forward(images)
