"""Behind the boundary: the warm server, and the runs that it forks."""
