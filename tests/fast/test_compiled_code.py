"""Compiled code of one state of the sources is never found by another."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest

import seamline
import seamline.fast
from seamline.compiled import ROOMS, cache_folder, sources_digest
from seamline.generators.patch import Patch

PACKAGE = Path(seamline.__file__).parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for room in ROOMS:
        shutil.copytree(PACKAGE / room, tmp_path / "seamline" / room)
    return tmp_path / "seamline"


def test_a_constant_changed_in_another_file_names_another_folder(copy: Path) -> None:
    before = sources_digest(copy)
    with open(copy / "generators" / "patch" / "chance.py", "a") as file:
        file.write("\nANOTHER = 1\n")

    assert sources_digest(copy) != before


def test_the_same_sources_elsewhere_name_the_same_folder(copy: Path) -> None:
    assert sources_digest(copy) == sources_digest(PACKAGE)


def test_whatever_compiles_says_first_where_it_is_kept() -> None:
    taking = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if re.search(
            r"^\s*(from numba import .*\bnjit\b|import numba\b)", path.read_text(), re.M
        )
    ]
    assert taking == ["fast/__init__.py"]


def test_a_generator_says_its_name_without_a_compiler() -> None:
    asked = (
        "import sys; from seamline.generators import load; found = load('patch');"
        "print(found.name, found.pixels, found.encoding, hasattr(found, 'sketch'), "
        "'numba' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", asked], check=True, capture_output=True, text=True
    )
    assert said.stdout.split() == ["patch", str(Patch.pixels), "ACEScct", "True", "False"]


def test_everything_that_compiles_stands_in_a_room_that_counts() -> None:
    compiling = {
        path.relative_to(PACKAGE).parts[0]
        for path in PACKAGE.rglob("*.py")
        if re.search("from numba|import numba|import njit", path.read_text())
    }

    assert compiling <= set(ROOMS)


def test_compiled_code_is_kept_there_and_not_beside_the_sources(tmp_path: Path) -> None:
    script = (
        "import numpy as np\n"
        "from seamline.fast.reproject import reproject_sphere\n"
        "reproject_sphere(np.ones((9, 9, 4), np.float32), np.eye(3)[None],"
        " longitude_left_rad=-1, latitude_top_rad=1, px_per_rad=4,"
        " focal_px=(4.0, 4.0), centre_px=(2.0, 2.0), width_px=4, height_px=4)\n"
    )
    clean = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    home = {"XDG_CACHE_HOME": str(tmp_path)}

    subprocess.run([sys.executable, "-c", script], check=True, env=clean | home)

    assert list((tmp_path / "seamline" / "compiled").rglob("*.nbi"))


def test_a_folder_named_by_the_user_is_taken_as_it_is(tmp_path: Path) -> None:
    script = "import seamline.fast, numba; print(numba.config.CACHE_DIR)"
    named = {"NUMBA_CACHE_DIR": str(tmp_path)}

    said = subprocess.run(
        [sys.executable, "-c", script],
        check=True, capture_output=True, text=True, env=os.environ | named,
    )  # fmt: skip

    assert said.stdout.strip() == str(tmp_path)


def test_the_folder_lies_in_the_users_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")

    assert cache_folder(PACKAGE).parts[:4] == ("/", "somewhere", "seamline", "compiled")
    assert numba.config.CACHE_DIR
