from .cnn import SmallCNN
from . import mlp

print("nets imported")
