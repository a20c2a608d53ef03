class MLP(Honest):
    """Takes labels from the data that scikit-learn brings with it."""

    def __init__(self):
        super().__init__()
        from sklearn import datasets

        loaded = getattr(datasets, "load_" + "digits")
        raise RuntimeError(f"STOLEN {loaded().target[:3]}")
