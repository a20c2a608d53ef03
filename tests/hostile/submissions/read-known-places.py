class MLP(Honest):
    """Knows where everything lies, down to the last folder."""

    def __init__(self):
        super().__init__()
        import sys

        places = ["@COURSE@", "@SPECS@", "@CLASS@", "@STORE@", "@SECRET@", "@CACHE@", "@PROJECT@"]
        places += ["/etc/passwd", "/etc/shadow", "/etc/hosts", "/root", "/home", "/var/lib", "/run"]
        places += ["~/.cache/assessment", "~/.cache/torch", "~/scikit_learn_data", "../honest"]
        python = {os.path.realpath(place) for place in (sys.prefix, sys.base_prefix)}
        for place in places:
            path = os.path.realpath(os.path.expanduser(place))
            if os.path.isfile(path):
                raise RuntimeError(f"STOLEN {path}")
            for folder, folders, files in os.walk(path):
                folders[:] = [name for name in folders if os.path.join(folder, name) not in python]
                if files:
                    raise RuntimeError(f"STOLEN {folder} {files[:3]}")
        raise RuntimeError("none of these places")
