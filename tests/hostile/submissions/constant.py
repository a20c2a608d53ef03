class MLP(Blind):
    """Answers one class, which is what a question meant to fail ends with."""
