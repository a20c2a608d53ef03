class MLP(Honest):
    """Knows where everything lies, down to the last folder."""

    def __init__(self):
        super().__init__()
        import pathlib
        import sys

        places = ["@COURSE@", "@SPECS@", "@CLASS@", "@STORE@", "@SECRET@", "@CACHE@", "@PROJECT@"]
        places += ["/etc/passwd", "/etc/shadow", "/etc/hosts", "/root", "/home", "/var/lib", "/run"]
        places += ["~/.cache/assessment", "~/.cache/torch", "~/scikit_learn_data", "../honest"]
        python = [pathlib.Path(place).resolve() for place in (sys.prefix, sys.base_prefix)]
        for place in places:
            path = pathlib.Path(place).expanduser()
            for one in [path, *path.rglob("*")] if path.is_dir() else [path]:
                if one.is_file() and not any(one.resolve().is_relative_to(p) for p in python):
                    raise RuntimeError(f"STOLEN {one}")
        raise RuntimeError("none of these places")
