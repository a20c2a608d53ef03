class MLP(Honest):
    """Has a state that is no state."""

    def state_dict(self, *arguments, **options):
        return {"first.weight": "right", "\x1b[2J": object(), "x" * 100_000: torch.zeros(3)}
