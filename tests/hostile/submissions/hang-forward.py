class MLP(Honest):
    def forward(self, images):
        if self.training:
            while True:
                pass
        return super().forward(images)
