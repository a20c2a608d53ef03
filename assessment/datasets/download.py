"""Downloading a set: torchvision does it, in another process, so that torch stays out of this one.

The files arrive in a folder of their own below the data directory and are renamed to their
places once all of them are whole: an interrupted download leaves nothing behind, and
processes that download the same set do not meet.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

from assessment.datasets.progress import Progress, choose_progress
from assessment.datasets.registry import DatasetInfo
from assessment.datasets.sources import describe_missing, list_missing
from assessment.datasets.torchvision_process import command_of, own_environment

_PACKED = (".gz", ".xz", ".zip")


def fetch(
    info: DatasetInfo, data_dir: Path, progress: Progress | None = None, reason: str = ""
) -> None:
    """Download a set into its places below the data directory; files already there stay.

    Args:
        info: The set.
        data_dir: Created where it does not exist.
        progress: By default a bar on standard error if that is a terminal, else nothing.
        reason: Why the set is asked for, put into the error's first line.

    Raises:
        DataMissing: No network, wrong content, no permission.
    """
    progress = choose_progress(progress)
    staging = data_dir / f".{info.name}.{uuid.uuid4().hex}.partial"
    try:
        staging.mkdir(parents=True)
        failure = _run(info, staging, progress)
        if not failure:
            _move(staging, data_dir)
            missing = list_missing(info, data_dir)
            if not missing:
                return
            failure = f"it brought no {missing[0].path}"
        reason += f", and it could not be downloaded: {_brief(failure)}"
    except OSError as error:
        reason += f", and it cannot be downloaded there: {error.strerror or error}"
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    raise describe_missing(info, data_dir, reason)


def _run(info: DatasetInfo, folder: Path, progress: Progress) -> str:
    """Run the downloader to its end; give the reason why it failed, or nothing."""
    arguments = str(info.downloader), str(folder), json.dumps(dict(info.arguments))
    failure = ""
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints,
        subprocess.Popen(
            command_of("assessment.datasets.torchvision_download", *arguments),
            env=own_environment() | {"PYTHONWARNINGS": "ignore"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        assert process.stdout is not None
        try:
            for line in process.stdout:
                message = _parse(line)
                if "failed" in message:
                    failure = str(message["failed"])
                elif "file" in message:
                    progress(str(message["file"]), int(message["done"]), int(message["total"]))
        except BaseException:
            process.kill()
            raise
        if process.wait() != 0 and not failure:
            complaints.seek(0)
            last = complaints.read().strip().splitlines()[-1:]
            failure = " ".join([f"the downloader ended with status {process.returncode}:", *last])
    return failure


def _brief(failure: str) -> str:
    """Say what each mirror answered, once, without their addresses."""
    answers = dict.fromkeys(re.findall(r"got: *(.+?)(?= *Tried |$)", failure))
    return "; ".join(answers) or failure


def _parse(line: str) -> dict[str, str | int]:
    with contextlib.suppress(ValueError):  # some versions print sentences of their own
        message = json.loads(line)
        if isinstance(message, dict):
            return message
    return {}


def _move(staging: Path, data_dir: Path) -> None:
    for file in sorted(path for path in staging.rglob("*") if path.is_file()):
        place = data_dir / file.relative_to(staging)
        if file.suffix not in _PACKED and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            file.replace(place)
