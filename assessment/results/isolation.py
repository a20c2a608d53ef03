"""How a submission's code is kept in: the words of options, jails and records."""

from __future__ import annotations

from typing import Literal, get_args

Isolation = Literal["bubblewrap", "user", "process"]
"""How a submission's code is kept from everything else, the strongest first: `bubblewrap` is
namespaces, nothing of the machine's files, no network; `user` a user id of its own; `process`
nothing."""

AskedIsolation = Literal["auto"] | Isolation
"""What may be asked for; `auto` is the strongest that there has to be."""

ISOLATIONS: tuple[Isolation, ...] = get_args(Isolation)

ASKED_ISOLATIONS: tuple[AskedIsolation, ...] = ("auto", *ISOLATIONS)

LimitsBy = Literal["cgroup v2", "cgroup v1", "polling"]
"""Who holds a jail to its memory and its processes: the kernel, or a look at it now and then."""
