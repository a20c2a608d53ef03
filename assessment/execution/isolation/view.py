"""What a jail is shown: a submission, the images to train on, devices; and what it never is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assessment.errors import AssessmentError

SUBMISSION = Path("/submission")
DATA = Path("/data")
TORCH_HOME = Path("/torch")
"""Where torch keeps what it downloads, in jails that are shown pretrained weights."""
CHECKPOINTS = TORCH_HOME / "hub" / "checkpoints"

DEVICES = Path("/dev")
ACCELERATORS = ("nvidia*", "nvidia-caps/*", "kfd", "dri/render*")
"""Below `DEVICES`: NVIDIA's GPUs and their control files, AMD's."""


@dataclass(frozen=True)
class View:
    """The files that a submission's code may see, besides Python and what trainers are made of."""

    submission: Path
    """A file or a folder."""
    images: tuple[Path, ...] = ()
    """`.npy` files of training images."""
    weights: tuple[Path, ...] = ()
    """Files of pretrained weights, found under their names where torch's hub looks for them."""
    devices: tuple[Path, ...] = ()
    """Of `accelerators`, where a GPU is used."""
    hidden: tuple[Path, ...] = ()
    """Labels, specs, other submissions, the store: not shown even where they lie among what is,
    and where only permissions hide them, checked."""

    def __post_init__(self) -> None:
        for path in (self.submission, *self.images):
            if path.is_symlink():
                raise AssessmentError(f"{path}: is a link, and is not followed into a jail")

    def layout(self) -> dict[Path, Path]:
        """Return where each file or folder is found in a jail that has its own file tree."""
        submission = self.submission
        whole = submission.is_dir()
        shown = {submission: SUBMISSION if whole else SUBMISSION / submission.name}
        shown |= {path: DATA / f"{number}.npy" for number, path in enumerate(self.images)}
        # Links among the instructor's own files may be followed.
        shown |= {path.resolve(): CHECKPOINTS / path.name for path in self.weights}
        return shown


def accelerators() -> tuple[Path, ...]:
    """Return the device files of this machine's GPUs."""
    found = {path for pattern in ACCELERATORS for path in DEVICES.glob(pattern)}
    return tuple(sorted(path for path in found if path.is_char_device()))
