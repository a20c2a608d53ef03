class MLP(Honest):
    """Leaves words in shared memory, in queues and among the attributes of a folder."""

    def __init__(self):
        super().__init__()
        import ctypes
        from multiprocessing import shared_memory

        try:
            shared_memory.SharedMemory("hostile", create=True, size=4096)
        except FileExistsError:
            if os.stat("/dev/shm/hostile").st_uid != os.getuid() or not hasattr(torch, "hostile"):
                raise RuntimeError("STOLEN from the run before") from None
        except OSError:
            pass
        torch.hostile = True
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.shmget(4242, 4096, 0) != -1:
            raise RuntimeError("STOLEN from the run before")
        try:
            if "user.hostile" in os.listxattr("/tmp"):
                raise RuntimeError("STOLEN from the run before")
            os.setxattr("/tmp", "user.hostile", b"what was learnt")
        except OSError:
            pass
