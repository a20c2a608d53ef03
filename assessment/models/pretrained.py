"""The process that downloads torchvision's weights: `NAME FOLDER`, one JSON line out.

`{"path": ...}` where it did, `{"failed": ...}` where not. Only this process imports torchvision.
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
    """Download weights into a folder and tell where they are."""
    name, folder = arguments
    socket.setdefaulttimeout(SILENCE)
    try:
        url = models.get_weight(name).url
        target = Path(folder, Path(urlsplit(url).path).name)
        target.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(
            url,
            str(target),
            hash_prefix=target.stem.rpartition("-")[2],
            progress=sys.stderr.isatty(),
        )
    except (ValueError, AttributeError, KeyError, OSError, RuntimeError) as error:
        print(json.dumps({"failed": " ".join(str(error).split())}))
    else:
        print(json.dumps({"path": str(target)}))


if __name__ == "__main__":
    main(sys.argv[1:])
