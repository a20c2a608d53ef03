class MLP(Honest):
    """Leaves words in modules, in the environment and in the limits of the process above."""

    def __new__(cls, *arguments):
        import resource
        import sys

        mine = f"hostile-{os.getpid()}"
        for known in (getattr(torch.nn, "hostile", mine), os.environ.get("HOSTILE", mine), sys.modules.get("hostile", mine)):
            if known != mine:
                raise RuntimeError("STOLEN from the run before")
        if resource.getrlimit(resource.RLIMIT_CPU)[0] == 4242 and not hasattr(torch.nn, "hostile"):
            raise RuntimeError("STOLEN from the run before")
        torch.nn.hostile = os.environ["HOSTILE"] = mine
        sys.modules["hostile"] = mine
        for change in (lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (4242, 4242)), lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 3)):
            try:
                change()
            except OSError:
                pass
        return super().__new__(cls)
