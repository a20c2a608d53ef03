class MLP(Honest):
    def forward(self, images):
        if self.training:
            os.abort()
        return super().forward(images)
