class MLP(Honest):
    """Leaves a process that tells the next run what was learnt."""

    def __init__(self):
        super().__init__()
        import socket
        import time

        if getattr(torch, "hostile", False):  # it is made more than once in a run
            return
        torch.hostile = True
        with socket.socket(socket.AF_UNIX) as asked:
            try:
                asked.connect("\0hostile")
            except OSError:
                pass
            else:
                raise RuntimeError("STOLEN from the run before")
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                with socket.socket(socket.AF_UNIX) as served:
                    try:
                        served.bind("\0hostile")
                    except OSError:
                        os._exit(0)
                    served.listen()
                    time.sleep(600)
            os._exit(0)
        os.wait()
