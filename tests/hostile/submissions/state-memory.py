class MLP(Honest):
    """Leaves words in shared memory and among the attributes of a folder."""

    def __init__(self):
        super().__init__()
        import ctypes

        if getattr(torch, "hostile", False):  # it is made more than once in a run
            return
        torch.hostile = True
        libc = ctypes.CDLL(None, use_errno=True)
        left = libc.shmget(4242, 4096, 0) != -1 or os.path.exists("/dev/shm/hostile")
        try:
            left = left or "user.hostile" in os.listxattr("/tmp")
            os.setxattr("/tmp", "user.hostile", b"what was learnt")
        except OSError:
            pass
        if left:
            raise RuntimeError("STOLEN from the run before")
        libc.shmget(4242, 4096, 0o1666)
        with open("/dev/shm/hostile", "w") as file:
            file.write("what was learnt")
