class MLP(Honest):
    """Leaves words in modules, in the environment and in the limits of the process above."""

    def __init__(self):
        super().__init__()
        import resource
        import sys

        me = f"hostile-{os.getpid()}"  # it is made more than once in a run
        for known in (getattr(nn, "hostile", me), os.environ.get("HOSTILE", me), sys.modules.get("hostile", me)):
            if known != me:
                raise RuntimeError("STOLEN from the run before")
        if not hasattr(nn, "hostile") and resource.getrlimit(resource.RLIMIT_CPU)[0] == 4242:
            raise RuntimeError("STOLEN from the run before")
        nn.hostile = os.environ["HOSTILE"] = sys.modules["hostile"] = me
        above = os.getppid()
        for change in (
            lambda: resource.prlimit(above, resource.RLIMIT_CPU, (4242, 4242)),
            lambda: os.setpriority(os.PRIO_PROCESS, above, 3),
        ):
            try:
                change()
            except OSError:
                pass
