"""Results become something people read."""
