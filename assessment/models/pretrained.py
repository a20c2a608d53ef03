"""The process that knows torchvision's weights: `NAME DOWNLOAD FOLDER...`, one JSON line out.

`{"path": ...}` where the file is in one of the folders, or was downloaded into the first;
`{"file": ..., "failed": ...}` where not; `{"unknown": ...}` where torchvision has no such weights.
Only this process imports torchvision to find out.
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

import torch.hub
from torchvision import models

SILENCE = 60.0
"""Seconds without a byte after which a connection counts as dead."""


def main(arguments: list[str]) -> None:
    """Look for weights, download them on demand, and tell where they are."""
    name, download, *folders = arguments
    try:
        weights = models.get_weight(name)
    except (ValueError, AttributeError, KeyError) as error:
        print(json.dumps({"unknown": " ".join(str(error).split())}))
        return
    file = Path(urlsplit(weights.url).path).name
    found = next((path for folder in folders if (path := Path(folder, file)).is_file()), None)
    failed = ""
    if found is None and download == "yes":
        target = Path(folders[0], file)
        socket.setdefaulttimeout(SILENCE)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(
                weights.url,
                str(target),
                hash_prefix=target.stem.rpartition("-")[2],
                progress=sys.stderr.isatty(),
            )
            found = target
        except (OSError, RuntimeError) as error:
            failed = " ".join(str(error).split())
    told = {"path": str(found)} if found is not None else {"file": file, "failed": failed}
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1:])
