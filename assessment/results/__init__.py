"""Records of runs and grades, and where they are kept."""
