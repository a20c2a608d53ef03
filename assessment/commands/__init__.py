"""The subcommands of `assessment`, one module each: `HELP`, `add_options`, `run`.

Modules import what is heavy when they run, so that help and wrong usage cost nothing.
"""
