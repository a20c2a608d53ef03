"""Contestants of `epoch_speed` that are frameworks, each at its leanest, images in memory.

No progress bar, log, checkpoint or metric beside the loss, which is less than
their users have and less than the package does.
"""

from __future__ import annotations

import os
import time
from typing import Any

import material
import torch
from material import Seconds


def lightning(case: str, epochs: int, threads: int) -> Seconds:
    """Train with Lightning and a DataLoader over tensors."""
    import lightning

    training, model = material.prepare(case, threads)

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = model
            self.running_loss = torch.zeros(())

        def training_step(self, batch: Any, _index: int) -> torch.Tensor:
            images, labels = batch
            loss = torch.nn.functional.cross_entropy(self.model(images), labels)
            self.running_loss += loss.detach()  # leaner than self.log
            return loss

        def configure_optimizers(self) -> Any:
            return material.build_optimizer(training, self.model)

    class Clock(lightning.Callback, _Clock):
        def on_train_epoch_start(self, *_: Any) -> None:
            self.start()

        def on_train_epoch_end(self, *_: Any) -> None:
            self.stop()

    clock = Clock()
    trainer = lightning.Trainer(
        accelerator="cpu",
        max_epochs=epochs,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[clock],
    )
    trainer.fit(Module(), material.tensor_loader(case, training))
    return clock.seconds


def keras(case: str, epochs: int, threads: int) -> Seconds:
    """Train with Keras 3 on torch, images in the channel order that torch prefers."""
    os.environ["KERAS_BACKEND"] = "torch"
    import keras

    training, twin = material.prepare(case, threads)
    keras.config.set_image_data_format("channels_first")
    images, labels = (tensor.numpy() for tensor in material.tensors(case))
    model = keras.Sequential([keras.Input(images.shape[1:]), *_keras_layers(case, keras.layers)])
    assert model.count_params() == sum(parameter.numel() for parameter in twin.parameters())

    class Clock(keras.callbacks.Callback, _Clock):
        def on_epoch_begin(self, *_: Any) -> None:
            self.start()

        def on_epoch_end(self, *_: Any) -> None:
            self.stop()

    asked = training.optimizer
    if asked.name == "adam":
        optimizer = keras.optimizers.Adam(asked.learning_rate)
    else:
        share = material.momentum(training)
        optimizer = keras.optimizers.SGD(asked.learning_rate, momentum=share)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=optimizer, loss=loss)
    clock = Clock()
    model.fit(
        images,
        labels,
        batch_size=training.batch_size,
        epochs=epochs,
        shuffle=training.shuffle,
        verbose=0,
        callbacks=[clock],
    )
    return clock.seconds


def _keras_layers(case: str, layers: Any) -> list[Any]:
    if case == "mnist":
        return [
            layers.Conv2D(8, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10),
        ]
    widths = [512, 512] if case == "fashion" else [32]
    hidden = [layers.Dense(width, activation="relu") for width in widths]
    return [layers.Flatten(), *hidden, layers.Dense(10)]


def skorch(case: str, epochs: int, threads: int) -> Seconds:
    """Train with skorch, which wraps the tensors in a DataLoader."""
    import skorch

    training, model = material.prepare(case, threads)
    asked = training.optimizer
    how: dict[str, Any] = {"optimizer": torch.optim.Adam}
    if asked.name == "sgd":
        how = {"optimizer": torch.optim.SGD, "optimizer__momentum": asked.momentum}

    class Clock(skorch.callbacks.Callback, _Clock):
        def on_epoch_begin(self, *_: Any, **__: Any) -> None:
            self.start()

        def on_epoch_end(self, *_: Any, **__: Any) -> None:
            self.stop()

    clock = Clock()
    net = skorch.NeuralNetClassifier(
        model,
        criterion=torch.nn.CrossEntropyLoss,
        lr=asked.learning_rate,
        max_epochs=epochs,
        batch_size=training.batch_size,
        iterator_train__shuffle=training.shuffle,
        train_split=None,
        verbose=0,
        callbacks=[("clock", clock)],
        **how,
    )
    net.fit(*material.tensors(case))
    return clock.seconds


class _Clock:
    """Seconds between the start and the end of each epoch; mixed into each one's callback."""

    _began = 0.0

    @property
    def seconds(self) -> Seconds:
        """What was measured so far."""
        found: Seconds = self.__dict__.setdefault("_seconds", [])
        return found

    def start(self) -> None:
        """Begin an epoch."""
        self._began = time.perf_counter()

    def stop(self) -> None:
        """End an epoch."""
        self.seconds.append(time.perf_counter() - self._began)
