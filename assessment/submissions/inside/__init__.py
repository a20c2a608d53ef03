"""Inside the jail: reading what was handed in, and finding the model in it."""
