import sys

sys.path.append("src")
import torch
from src.nets import SmallCNN
from src.nets.mlp import MLP as Perceptron
import src.nets.mlp
import src.nets.mlp as mlp_module

models = {"cnn": SmallCNN(), "mlp": Perceptron()}
best = src.nets.mlp.MLP(width=mlp_module.DEFAULT)
