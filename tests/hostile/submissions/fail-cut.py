class MLP(Honest):
    """Cuts its connection and runs on."""

    def __init__(self):
        super().__init__()
        import time

        os.closerange(3, 1024)
        time.sleep(3600)
