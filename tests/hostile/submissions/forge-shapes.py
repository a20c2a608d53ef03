class MLP(Honest):
    """Sends predictions that are larger than was asked for, of another type, not finite."""

    def forward(self, images):
        import numpy

        wrong = numpy.full((899, 11), numpy.nan, dtype=numpy.float64)
        grader().send("started", {"parameters": 610}, before=wrong)
        os._exit(0)
