"""What is kept of every step does not make the memory of a run grow with its steps."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import resource, sys
import torch
from torch import nn
from assessment.spec.recipe import Training
from assessment.training.loop import Images, Verdict, train

class Listener:
    def epoch_ended(self, report, *, answer):
        return Verdict()

torch.set_num_threads(1)
count = int(sys.argv[1])
training = Training.model_validate({
    "model": {"name": "x"}, "dataset": {"name": "x"}, "epochs": 1, "batch_size": 64,
    "optimizer": {"name": "sgd", "learning_rate": 0.01},
    "record": {"every": 1, "gradients": {"of": "all"}},
})
images = torch.randint(0, 256, (count, 1, 32, 32), dtype=torch.uint8)
labels = torch.randint(0, 10, (count,))
model = nn.Sequential(
    nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(4096, 10),
)
train(training, model, Images(images, labels, images[:64]), 10, 1, Listener())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
"""Activations of several megabytes, of which a tensor kept from each step would pin one a step:
an earlier loop took 320 MB more for 100 steps than for 10."""


def peak_megabytes(images: int) -> int:
    command = [sys.executable, "-c", SCRIPT, str(images)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="counts in kilobytes, as Linux does")
def test_memory_does_not_grow_with_the_number_of_steps() -> None:
    assert peak_megabytes(3200) < peak_megabytes(640) + 60
