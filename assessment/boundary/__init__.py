"""What both sides of the boundary know: frames, jobs, layers as plain data, room for files."""
