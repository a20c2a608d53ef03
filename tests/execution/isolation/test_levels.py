"""Which isolation is used: what was asked for or an error, never silently less."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assessment.errors import AssessmentError
from assessment.execution.isolation import levels
from assessment.execution.isolation.levels import bubblewrap_fault, choose_level


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    bubblewrap_fault.cache_clear()
    yield
    bubblewrap_fault.cache_clear()


@pytest.fixture
def no_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")


def install(folder: Path, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a bwrap into the path that fails with these words."""
    program = folder / "bwrap"
    program.write_text(f"#!/bin/sh\necho 'bwrap: {words}' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


@pytest.fixture
def broken_bubblewrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let bwrap fail as the real one does without user namespaces."""
    install(tmp_path, "No permissions to create a new namespace", monkeypatch)


def settings(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    """Pretend that the kernel's settings are these, and that this is no container."""
    known = {name.replace("__", "/"): value for name, value in values.items()}
    monkeypatch.setattr(levels, "_setting", known.get)
    monkeypatch.setattr(levels, "_in_container", lambda: False)


def test_auto_is_bubblewrap_where_it_works() -> None:
    if (fault := bubblewrap_fault()) is not None:
        pytest.skip(fault)
    assert choose_level("auto", practice=False) == "bubblewrap"
    assert choose_level("auto", practice=True) == "bubblewrap"
    assert choose_level("bubblewrap", practice=True) == "bubblewrap"


def test_it_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    monkeypatch.setattr(levels, "_probe", lambda: tried.append(1))
    for _ in range(3):
        choose_level("auto", practice=False)
    assert len(tried) == 1


@pytest.mark.usefixtures("no_bubblewrap")
def test_a_class_run_without_bubblewrap_is_told_how_to_get_it() -> None:
    with pytest.raises(AssessmentError) as caught:
        choose_level("auto", practice=False)
    text = str(caught.value)
    assert "the program bwrap is not here" in text
    assert "apt install bubblewrap" in text
    assert "--assess-isolation user" in text
    assert "--assess-isolation process" in text
    assert "\n" not in text


@pytest.mark.usefixtures("no_bubblewrap")
def test_practice_falls_to_a_process_only_where_nothing_was_asked_for() -> None:
    assert choose_level("auto", practice=True) == "process"
    with pytest.raises(AssessmentError, match="--assess-isolation bubblewrap: submissions cannot"):
        choose_level("bubblewrap", practice=True)


@pytest.mark.usefixtures("broken_bubblewrap")
@pytest.mark.parametrize(
    ("values", "hint"),
    [
        ({"kernel__apparmor_restrict_unprivileged_userns": "1"}, r"AppArmor.*userns,.*reload"),
        ({"kernel__unprivileged_userns_clone": "0"}, r"sysctl kernel\.unprivileged_userns_clone=1"),
        ({"user__max_user_namespaces": "0"}, r"sysctl user\.max_user_namespaces=10000"),
        ({}, r"new namespace\. A weaker"),
    ],
)
def test_bubblewrap_that_does_not_work_says_how_to_allow_it(
    values: dict[str, str], hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(monkeypatch, **values)
    with pytest.raises(AssessmentError) as caught:
        choose_level("bubblewrap", practice=False)
    assert "bwrap: No permissions to create a new namespace" in str(caught.value)
    assert re.search(hint, str(caught.value)), str(caught.value)


@pytest.mark.usefixtures("broken_bubblewrap")
def test_in_a_container_the_options_of_docker_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    settings(monkeypatch)
    monkeypatch.setattr(levels, "_in_container", lambda: True)
    with pytest.raises(AssessmentError, match="--security-opt systempaths=unconfined"):
        choose_level("auto", practice=False)


def test_an_old_bubblewrap_is_named_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "Unknown option --disable-userns", monkeypatch)
    with pytest.raises(AssessmentError, match=r"--disable-userns; bubblewrap 0\.8 or newer"):
        choose_level("auto", practice=False)


def test_a_user_of_its_own_needs_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(AssessmentError, match="isolation user: this level needs to be started as"):
        choose_level("user", practice=False)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert choose_level("user", practice=False) == "user"


def test_other_systems_have_processes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert choose_level("process", practice=False) == "process"
    assert choose_level("auto", practice=True) == "process"
    for asked in ("auto", "bubblewrap", "user"):
        with pytest.raises(AssessmentError, match="needs Linux"):
            choose_level(asked, practice=False)  # type: ignore[arg-type]
