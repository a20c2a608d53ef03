"""What students hand in: finding it, and reading it inside the jail."""
