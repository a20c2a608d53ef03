"""Room that a jail has for files, and that an output may take."""

from __future__ import annotations

TEMPORARY_BYTES = 512 * 2**20
"""Room for temporary files in a jail that has its own file tree."""
FILE_BYTES = 64 * 2**20
"""Size of a file that a run may write, what it prints included."""
LARGEST_OUTPUT = 2**28
"""Bytes of what one call of a function returns."""
