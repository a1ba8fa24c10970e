"""The commands of the Makefile, with stand-ins for what they call."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from pages import ROOT

CHECKS = ("ruff", "mypy", "lint-imports", "pytest")


def _script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a folder with the Makefile, and a PATH of its own in ``bin``."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed here")
    shutil.copy(ROOT / "Makefile", tmp_path / "Makefile")
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "bin").mkdir()
    for name in ("make", "touch", "sed"):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    return tmp_path


def _make(clone: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PATH": str(clone / "bin")}
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
        env.pop(name, None)
    return subprocess.run(["make", *words], cwd=clone, env=env, capture_output=True, text=True)


@pytest.fixture
def ready(clone: Path) -> Path:
    """Return a clone whose .venv holds checks that all pass."""
    _script(clone / ".venv/bin/python", "exit 0")
    for name in CHECKS:
        _script(clone / ".venv/bin" / name, f"echo {name} ran")
    (clone / ".venv/.ready").touch()
    return clone


def test_a_machine_with_an_old_python_is_told_so(clone: Path) -> None:
    _script(
        clone / "bin" / "python3",
        'case "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac',
    )

    done = _make(clone, "setup")

    assert done.returncode == 2
    assert "seamline needs Python 3.11 or newer" in done.stderr
    assert "Python 3.9.2" in done.stderr
    assert not (clone / ".venv").exists()


def test_setup_takes_the_first_python_that_is_new_enough(clone: Path) -> None:
    _script(clone / "bin" / "python3.11", "exit 1")
    _script(
        clone / "bin" / "python3.12",
        'case "$1" in --version) echo Python 3.12.4;; -m) mkdir_venv "$4";; esac',
    )
    _script(clone / "bin" / "mkdir_venv", f'cp_venv "$1" && echo made > {clone}/made')
    _script(
        clone / "bin" / "cp_venv",
        f'{shutil.which("mkdir")} -p "$1/bin" && echo "#!/bin/sh" > "$1/bin/python" && '
        f'{shutil.which("chmod")} 755 "$1/bin/python"',
    )

    done = _make(clone, "setup")

    assert done.returncode == 0, done.stderr
    assert "making .venv with Python 3.12.4" in done.stderr
    assert (clone / ".venv/.ready").exists()


def test_a_second_setup_does_nothing(ready: Path) -> None:
    done = _make(ready, "setup")

    assert done.returncode == 0
    assert "install" not in done.stdout + done.stderr


def test_a_good_run_ends_with_the_line_of_the_tests(ready: Path) -> None:
    done = _make(ready, "test")

    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "pytest ran"


@pytest.mark.parametrize("broken", CHECKS)
def test_one_failed_check_fails_the_run_and_the_others_are_still_seen(
    ready: Path, broken: str
) -> None:
    _script(ready / ".venv/bin" / broken, f"echo {broken} ran; exit 1")

    done = _make(ready, "test")

    assert done.returncode != 0
    assert f"failed: [{broken}" in done.stderr
    for name in CHECKS:
        assert f"{name} ran" in done.stdout


def test_make_alone_lists_what_there_is(clone: Path) -> None:
    done = _make(clone)

    assert done.returncode == 0
    for word in ("demo", "test", "setup", "bench NAME=main", "clean"):
        assert f"make {word}" in done.stdout
