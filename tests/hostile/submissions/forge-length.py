class MLP(Honest):
    """Announces a frame of 2**60 bytes."""

    def __init__(self):
        super().__init__()
        import struct

        grader()._stream.sendall(struct.pack("<IQ", 2**31, 2**60) + bytes(4096))
        os._exit(0)
