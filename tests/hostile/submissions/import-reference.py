class MLP(Honest):
    """Imports the solution."""

    def __new__(cls):
        from assessment.models.digits import mlp

        raise RuntimeError(f"STOLEN {mlp}")
