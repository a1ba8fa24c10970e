"""A painting that was killed goes on from the last level it finished, to the same bits."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import resumed_scenes
from numpy.typing import NDArray

import ranges
from seamline.farm import levels as levels_module
from seamline.farm.levels import KeptLevels
from seamline.farm.painter import SketchingResumingPainter, walled
from seamline.generators.patch import Patch
from seamline.ports import NOT_KEPT

KILLS = int(os.environ.get("SEAMLINE_KILLS", "0")) or 2
Planes = Mapping[str, NDArray[Any]]


class KilledError(BaseException):
    """Ends a painting as a power cut does: nothing below catches it."""


class Remembered:
    """Levels in memory; the painting is killed once ``room`` of them are kept."""

    every_s = 0.0

    def __init__(self, room: int) -> None:
        self.room, self.asked = room, 0
        self.stages: dict[str, dict[str, NDArray[Any]]] = {}
        self.begun: list[tuple[str, int, int]] = []

    def begins(self, stage: str, level: int, of: int) -> None:
        self.begun.append((stage, level, of))

    def found(self, stage: str) -> Planes:
        self.asked += stage in self.stages
        return self.stages.get(stage, {})

    def keep(self, stage: str, planes: Planes) -> None:
        self.stages[stage] = {name: plane.copy() for name, plane in planes.items()}
        self.room -= 1
        if self.room == 0:
            raise KilledError

    def done(self) -> None:
        self.stages.clear()


@pytest.mark.parametrize("scene", list(resumed_scenes.SCENES))
def test_a_painting_goes_on_from_every_level_to_the_same_bits(scene: str) -> None:
    counting = Remembered(1 << 20)
    unkilled = resumed_scenes.painted(scene, counting, lambda share: None)
    count = (1 << 20) - counting.room
    assert count >= 3
    # every level says that it is begun, and of how many, before it is kept
    assert len(counting.begun) >= count
    for stage in counting.stages:
        begun = [(level, of) for name, level, of in counting.begun if name == stage]
        assert [level for level, _ in begun] == list(range(1, begun[0][1] + 1))

    for kept in {count - 1} if scene == "hole" else {count // 2, count}:
        levels = Remembered(kept)
        with pytest.raises(KilledError):
            resumed_scenes.painted(scene, levels, lambda share: None)
        levels.room = 1 << 20

        assert resumed_scenes.painted(scene, levels, lambda share: None) == unkilled

        assert levels.asked >= 1
        assert levels.begun[-1] == counting.begun[-1]
        # what was finished is not done again: only the rest is kept
        assert (1 << 20) - levels.room == count - kept


@pytest.mark.parametrize("scene", ["whole", "dome", "behind"])
def test_killed_at_any_moment_a_painting_goes_on(scene: str, tmp_path: Path) -> None:
    counting = Remembered(1 << 20)
    unkilled = resumed_scenes.painted(scene, counting, lambda share: None)
    chance = random.Random(11)

    for _ in range(KILLS):
        process = start(scene, tmp_path)
        assert process.stdout is not None
        for _ in range(chance.randint(1, 3)):
            said = process.stdout.readline()
            if not said.startswith("kept"):  # little was left to do
                assert said.strip() == unkilled
                break
        time.sleep(chance.random() * 0.05)
        process.kill()
        process.communicate()
    finished = start(scene, tmp_path)
    out, _ = finished.communicate()

    assert finished.returncode == 0
    assert out.splitlines()[-1] == unkilled
    assert 0 <= out.count("kept") < (1 << 20) - counting.room
    KeptLevels(str(tmp_path), scene).done()
    assert not list(tmp_path.iterdir())


def test_behind_walls_a_painting_goes_on_too(tmp_path: Path) -> None:
    room, references, seed = resumed_scenes.composed()
    behind = walled(Patch(), "preferred")
    assert isinstance(behind, SketchingResumingPainter)
    levels = Remembered(2)

    with pytest.raises(KilledError):
        behind.go_on(ranges.ask(seed), room, references, lambda share: None, levels)
    assert levels.begun[0][:2] == ("sky", 1)
    levels.room = 1 << 20
    made = behind.go_on(ranges.ask(seed), room, references, lambda share: None, levels)

    assert levels.asked >= 1
    unkilled = resumed_scenes.painted("composed", NOT_KEPT, lambda share: None)
    assert resumed_scenes.digest(made) == unkilled


def start(scene: str, folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, str(Path(resumed_scenes.__file__)), scene, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "at work\n"
    return process


# -- the files ------------------------------------------------------------------------


def planes(value: int) -> dict[str, NDArray[Any]]:
    return {
        "field": np.full((5, 7, 2), value, np.int32),
        "shift": np.full((5, 7, 3), value / 3, np.float32),
        "none": np.zeros((0, 2), np.uint8),
    }


def level_files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_a_level_comes_back_as_it_was_kept_and_the_last_one_stands(tmp_path: Path) -> None:
    levels = KeptLevels(str(tmp_path), "aa", every_s=0)

    levels.keep("sky", planes(1))
    levels.keep("sky", planes(2))
    levels.keep("far", planes(3))

    again = KeptLevels(str(tmp_path), "aa", every_s=0)
    for stage, value in (("sky", 2), ("far", 3)):
        found = again.found(stage)
        assert list(found) == ["field", "shift", "none"]
        for name, plane in planes(value).items():
            np.testing.assert_array_equal(found[name], plane)
            assert found[name].dtype == plane.dtype
            assert found[name].flags.writeable
    assert again.found("water") == {}
    assert level_files(tmp_path) == ["aa/far.level", "aa/sky.level"]


def test_levels_of_another_ask_generator_or_reference_are_not_found(tmp_path: Path) -> None:
    KeptLevels(str(tmp_path), "aa", every_s=0).keep("sky", planes(1))

    assert KeptLevels(str(tmp_path), "bb", every_s=0).found("sky") == {}

    (tmp_path / "bb").mkdir()
    (tmp_path / "aa/sky.level").rename(tmp_path / "bb/sky.level")
    assert KeptLevels(str(tmp_path), "bb", every_s=0).found("sky") == {}


@pytest.mark.parametrize("cut", [0, 3, 40, 200, -1])
def test_a_level_cut_short_or_changed_is_as_if_it_were_not_there(
    tmp_path: Path, cut: int
) -> None:
    levels = KeptLevels(str(tmp_path), "aa", every_s=0)
    levels.keep("sky", planes(1))
    path = tmp_path / "aa/sky.level"
    whole = path.read_bytes()

    path.write_bytes(whole[:cut])
    assert levels.found("sky") == {}
    flipped = bytearray(whole)
    flipped[cut] ^= 1
    path.write_bytes(flipped)
    assert levels.found("sky") == {}


def test_what_stands_is_swept_and_so_is_what_nobody_came_back_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(levels_module, "MOST_PAINTINGS", 3)
    for n in range(6):
        KeptLevels(str(tmp_path), f"p{n}", every_s=0).keep("sky", planes(n))
        os.utime(tmp_path / f"p{n}", (n, n))

    assert sorted(p.name for p in tmp_path.iterdir()) == ["p3", "p4", "p5"]

    KeptLevels(str(tmp_path), "p4").done()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p3", "p5"]
    KeptLevels(str(tmp_path), "p4").done()


def test_what_took_no_time_is_not_kept(tmp_path: Path) -> None:
    levels = KeptLevels(str(tmp_path), "aa", every_s=3600)

    levels.keep("sky", planes(1))

    assert level_files(tmp_path) == []


def test_a_stage_names_no_other_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a stage called"):
        KeptLevels(str(tmp_path), "aa", every_s=0).keep("../../etc", planes(1))
