"""The training loop and what surrounds it; imported inside trainers only."""
