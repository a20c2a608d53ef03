class MLP(Honest):
    """Keeps what was learnt in files for the run after it."""

    def __init__(self):
        super().__init__()
        me = str(os.getpid())  # it is made more than once in a run
        folders = ("/tmp", "/dev/shm", "/var/tmp", "/submission", os.path.expanduser("~"))
        for place in [f"{folder}/.hostile" for folder in folders]:
            if os.path.exists(place) and open(place).read() != me:
                raise RuntimeError("STOLEN from the run before")
            try:
                with open(place, "w") as file:
                    file.write(me)
                os.utime("/tmp", (1, 1))
            except OSError:
                pass
