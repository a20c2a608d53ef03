class MLP(Honest):
    def forward(self, images):
        raise GeneratorExit
