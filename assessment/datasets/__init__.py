"""Image sets by name: found or downloaded, decoded once, memory-mapped ever after."""
