"""Names that strangers chose, made fit to be shown, compared and used in pytest's item ids."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import PurePath

LONGEST_ID = 40
LONGEST_NAME = 100
ENDINGS = frozenset(
    [
        "ipynb",
        "py",
        "zip",
        "tar",
        "gz",
        "tgz",
        "bz2",
        "xz",
        "7z",
        "rar",
        "md",
        "txt",
        "rst",
        "pdf",
        "html",
        "htm",
        "doc",
        "docx",
        "json",
        "yaml",
        "yml",
        "toml",
        "csv",
        "tsv",
        "npy",
        "npz",
        "pt",
        "pth",
        "ckpt",
        "safetensors",
        "h5",
        "pkl",
        "png",
        "jpg",
        "jpeg",
    ]
)
"""Endings that are no part of a student's name; `jane.doe` ends in none of them."""
ARCHIVES = frozenset(["zip", "tar", "gz", "tgz", "bz2", "xz", "7z", "rar"])

_UNFIT = re.compile(r"[^A-Za-z0-9_.+:-]+")
_EDGES = "-_.+:"
_ACCENTS = re.compile("[\u0300-\u036f]")
_JOINERS = ("\u200c", "\u200d")
_TAIL = 8


def clean(text: str, most: int = LONGEST_NAME) -> str:
    """Return one line that steers neither terminal nor reading direction, of bounded length.

    What no file can be written with (bytes of a name that are no UTF-8) becomes question marks;
    two dots stand for what is left out at the end.
    """
    text = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
    text = "".join(character for character in " ".join(text.split()) if not _steers(character))
    return text if len(text) <= most else f"{text[: most - 2].rstrip()}.."


def quoted(names: Iterable[str], most: int = 5) -> str:
    """Return names for a sentence: cleaned, the tail of a long list only counted."""
    every = list(names)
    shown = ", ".join(clean(name) for name in every[:most])
    return shown if len(every) <= most else f"{shown} and {len(every) - most:,} more"


def stem(name: str) -> str:
    """Return a file's name without the endings that files of submissions have."""
    while (ending := PurePath(name).suffix) and ending[1:].lower() in ENDINGS:
        name = name[: -len(ending)]
    return name


def is_archive(name: str) -> bool:
    """Tell whether a file's name is that of an archive."""
    return PurePath(name).suffix[1:].lower() in ARCHIVES


def to_id(text: str) -> str:
    """Return an id made of `A-Z a-z 0-9 _ . + : -`, at most 40 characters.

    Accents are dropped and other characters become hyphens. Where letters are lost or the text is
    too long, the end is a hash of it, so that other texts have other ids.
    """
    kept = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    found = _UNFIT.sub("-", kept)
    found = re.sub(r"([-:])[-:]*", r"\1", found).strip(_EDGES)
    lost = not found or any(letter.isalnum() and not letter.isascii() for letter in kept)
    if lost or len(found) > LONGEST_ID:
        return marked(found or "s", text)
    return found


def marked(identifier: str, text: str) -> str:
    """Return an id with the hash of a text at its end."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_TAIL]
    return f"{identifier[: LONGEST_ID - _TAIL - 1].rstrip(_EDGES)}-{digest}"


def distinct(texts: Sequence[str], taken: Iterable[str] = ()) -> list[str]:
    """Return an id for each text, unique also where letter case does not count.

    Which of several like texts keeps the plain id depends on the texts alone, not their order.
    """
    used = {identifier.casefold() for identifier in taken}
    ids = [""] * len(texts)
    for place in sorted(range(len(texts)), key=lambda place: (texts[place], place)):
        found, turn = to_id(texts[place]), 0
        while found.casefold() in used:
            found, turn = marked(to_id(texts[place]), f"{texts[place]}\0{turn}"), turn + 1
        used.add(found.casefold())
        ids[place] = found
    return ids


def fold(text: str) -> str:
    """Return what counts when names or ids are compared: letters and digits, no case or accents.

    `E/19/310` and `e19310` are equal, `Müller, Anna` and `mullerANNA` too.
    """
    text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold())).casefold()
    return "".join(character for character in text if unicodedata.category(character)[0] in "LMN")


def words(text: str) -> list[str]:
    """Return the words of a name, folded."""
    return [folded for word in re.split(r"[\W_]+", text) if (folded := fold(word))]


def _steers(character: str) -> bool:
    # Joiners belong to the spelling of several languages.
    return unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") and (
        character not in _JOINERS
    )
