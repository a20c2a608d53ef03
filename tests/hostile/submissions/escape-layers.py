class Layer(nn.Linear):
    pass


Layer.__name__ = Layer.__qualname__ = "\x1b[2J<img src=x onerror=alert(1)>"


class MLP(nn.Module):
    """Has names of layers that steer terminals and pages."""

    def __init__(self):
        super().__init__()
        for name, layer in (("<script>alert(1)</script>", nn.Linear(64, 8)), ("\x1b[2J\u202e", Layer(8, 10))):
            layer.__class__ = type("<b onclick=alert(1)>\x1b[2J", (nn.Linear,), {})
            self.add_module(name, layer)

    def forward(self, images):
        first, last = self.children()
        return last(torch.relu(first(images.flatten(1))))
