class MLP(Blind):
    """Prints gigabytes."""

    def __init__(self):
        super().__init__()
        block = b"\x1b[2J" * 2**18
        for _ in range(4096):
            try:
                os.write(1, block)
            except OSError:
                break
