"""Files that commands write: what cannot be written leaves nothing, and one message."""

from __future__ import annotations

from pathlib import Path

import pytest

from assessment.errors import AssessmentError
from assessment.writing import write_output


@pytest.mark.parametrize("content", ["schön\n", "schön\n".encode()])
def test_a_file_and_its_folder_are_made_and_replaced(tmp_path: Path, content: str | bytes) -> None:
    path = tmp_path / "deep" / "out.md"
    for before in ("", "x" * 100):
        write_output(path, before)
        write_output(path, content)
        assert path.read_bytes() == "schön\n".encode()
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("name", [".", "folder", "file/out.md"])
def test_what_cannot_be_written_is_named(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    Path("file").write_text("kept")
    with pytest.raises(AssessmentError, match=rf"^{name}: cannot be written: \w"):
        write_output(Path(name), "text")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder"]
    assert Path("file").read_text() == "kept"
