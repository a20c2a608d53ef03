class MLP(Honest):
    def __init__(self):
        super().__init__()
        import urllib.request

        with urllib.request.urlopen("http://example.org/labels.npy", timeout=3) as page:
            raise RuntimeError(f"STOLEN {page.read(3)}")
