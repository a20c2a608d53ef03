class MLP(Honest):
    def __init__(self):
        super().__init__()
        import socket

        for family, address in ((socket.AF_INET, ("192.0.2.1", 80)), (socket.AF_INET, ("127.0.0.1", int("@PORT@"))), (socket.AF_UNIX, "\0@ABSTRACT@")):
            try:
                with socket.socket(family, socket.SOCK_STREAM) as stream:
                    stream.settimeout(2)
                    stream.connect(address)
            except OSError:
                continue
            raise RuntimeError(f"STOLEN a connection to {address}")
        raise RuntimeError("nobody can be reached")
