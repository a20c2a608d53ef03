class MLP(Honest):
    """Looks for labels of the test images in the frames above it and in all objects."""

    def __init__(self):
        super().__init__()
        import gc
        import sys

        seen = list(gc.get_objects())
        frame = sys._getframe()
        while frame is not None:
            for value in frame.f_locals.values():
                seen.append(value)
                if hasattr(value, "__dict__"):
                    seen.extend(vars(value).values())
                if isinstance(value, dict):
                    seen.extend(value.values())
            frame = frame.f_back
        import numpy

        for value in seen:
            if type(value) in (torch.Tensor, numpy.ndarray) and tuple(value.shape) == (899,):
                raise RuntimeError("STOLEN an array as long as the test set")
        raise RuntimeError("no labels of test images")
