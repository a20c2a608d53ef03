class MLP(Honest):
    """Keeps what was learnt in files for the run after it."""

    def __init__(self):
        super().__init__()
        places = [f"{folder}/.hostile" for folder in ("/tmp", "/dev/shm", "/var/tmp", "/submission", os.path.expanduser("~"))]
        if any(map(os.path.exists, places)):
            raise RuntimeError("STOLEN from the run before")
        for place in places:
            try:
                with open(place, "w") as file:
                    file.write("what was learnt")
                os.utime("/tmp", (1, 1))
            except OSError:
                pass
