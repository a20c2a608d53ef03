class MLP(Honest):
    """Fills every folder that it may write into."""

    def __init__(self):
        super().__init__()
        if os.getppid() != 1 or not os.path.isdir("/submission"):
            raise RuntimeError("this is no jail")
        for folder in ("/tmp", "/dev/shm", "/var/tmp", os.getcwd()):
            for number in range(64):
                try:
                    with open(f"{folder}/hostile-{number}", "wb") as file:
                        for _ in range(16):
                            file.write(bytes(2**20))
                except OSError as error:
                    last = error
        raise last
