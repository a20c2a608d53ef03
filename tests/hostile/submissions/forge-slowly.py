class MLP(Honest):
    """Sends a byte now and then of a frame that never ends."""

    def __init__(self):
        super().__init__()
        import struct
        import time

        stream = grader()._stream
        stream.sendall(struct.pack("<IQ", 2**20, 0))
        while True:
            stream.sendall(b" ")
            time.sleep(0.05)
