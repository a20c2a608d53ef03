class MLP(Honest):
    """Imports everything of the grader that could help."""

    def __init__(self):
        super().__init__()
        import importlib
        import pkgutil

        import assessment

        inner = {name.name for name in pkgutil.walk_packages(assessment.__path__, "assessment.", onerror=print)}
        for name in ("models.digits", "models.registry", "grading.bands", "results.store", "results.keys", "execution.seeds", "datasets.digits", "spec.lab", "plugin", "commands.grade"):
            try:
                importlib.import_module(f"assessment.{name}")
            except ImportError:
                continue
            raise RuntimeError(f"STOLEN {name}")
        bad = [name for name in inner if name.startswith(("assessment.models", "assessment.grading", "assessment.execution"))]
        raise RuntimeError(f"STOLEN {bad}" if bad else "nothing to import")
