class MLP(Honest):
    """Opens the memory, the files and the words of every process that it can see."""

    def __init__(self):
        super().__init__()
        import pathlib

        me = str(os.getpid())
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit() and entry.name != me:
                for name in ("mem", "environ", "maps"):
                    try:
                        with open(entry / name, "rb") as file:
                            file.read(1)
                    except OSError:
                        continue
                    raise RuntimeError(f"STOLEN {entry / name}")
                words = (entry / "cmdline").read_bytes()
                if b"@COURSE@" in words or b"pytest" in words:
                    raise RuntimeError(f"STOLEN {words}")
        import ctypes

        if ctypes.CDLL(None).ptrace(16, 1, 0, 0) == 0:
            raise RuntimeError("STOLEN the server, traced")
        raise RuntimeError("no process but those of the jail")
