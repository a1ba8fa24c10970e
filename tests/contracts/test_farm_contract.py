"""What every farm promises, held by the real one and one that bad farms are made of."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from seamline.farm.here import Here
from seamline.ports import Farm

Promise = Callable[[Farm, Path], None]
# Leaves with the codes in its file one after the other, and writes down that it ran.
TASK = """
import os, pathlib, signal, sys
at = pathlib.Path(sys.argv[1])
left = at.read_text().split()
at.write_text(" ".join(left[1:]))
with open(at.with_suffix(".ran"), "a") as ran:
    ran.write("x")
if left[0] == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
sys.exit(int(left[0]))
"""


def task(folder: Path, name: str, *codes: int | str) -> list[str]:
    (folder / name).write_text(" ".join(str(code) for code in codes))
    return [sys.executable, "-c", TASK, str(folder / name)]


def times(folder: Path, name: str) -> int:
    at = (folder / name).with_suffix(".ran")
    return len(at.read_text()) if at.exists() else 0


class InTurn:
    """A farm that runs one task after the other."""

    name = "in turn"

    def run(self, tasks: Sequence[Sequence[str]]) -> list[int]:
        return [self.one(task) for task in tasks]

    def one(self, task: Sequence[str]) -> int:
        for _ in range(9):
            code = subprocess.run(list(task)).returncode
            if code >= 0 and code != 4:
                return code
        return 4


def every_task_is_run_and_answers_in_its_place(farm: Farm, folder: Path) -> None:
    tasks = [task(folder, name, code) for name, code in (("a", 0), ("b", 2), ("c", 0))]

    assert farm.run(tasks) == [0, 2, 0]
    assert [times(folder, name) for name in "abc"] == [1, 1, 1]


def try_again_is_run_again(farm: Farm, folder: Path) -> None:
    assert farm.run([task(folder, "a", 4, 4, 0)]) == [0]
    assert times(folder, "a") == 3


def a_killed_task_is_run_again(farm: Farm, folder: Path) -> None:
    assert farm.run([task(folder, "a", "kill", 0)]) == [0]
    assert times(folder, "a") == 2


def a_refusal_is_not_run_again(farm: Farm, folder: Path) -> None:
    assert farm.run([task(folder, "a", 1, 0)]) == [1]
    assert times(folder, "a") == 1


def nothing_to_do_is_done(farm: Farm, folder: Path) -> None:
    assert farm.run([]) == []


PROMISES = [
    every_task_is_run_and_answers_in_its_place,
    try_again_is_run_again,
    a_killed_task_is_run_again,
    a_refusal_is_not_run_again,
    nothing_to_do_is_done,
]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("farm", [Here(2, wait_s=0.01), InTurn()], ids=["here", "in turn"])
def test_every_farm_keeps_its_promises(farm: Farm, promise: Promise, tmp_path: Path) -> None:
    promise(farm, tmp_path)


class GivesUpAtOnce(InTurn):
    def one(self, task: Sequence[str]) -> int:
        return subprocess.run(list(task)).returncode


class TakesKilledForDone(InTurn):
    def one(self, task: Sequence[str]) -> int:
        return max(0, subprocess.run(list(task)).returncode)


class InsistsOnEverything(InTurn):
    def one(self, task: Sequence[str]) -> int:
        for _ in range(3):
            if subprocess.run(list(task)).returncode == 0:
                return 0
        return 1


class StopsAtTheFirst(InTurn):
    def run(self, tasks: Sequence[Sequence[str]]) -> list[int]:
        codes: list[int] = []
        for line in tasks:
            codes.append(self.one(line))
            if codes[-1]:
                break
        return codes


@pytest.mark.parametrize(
    ("bad", "promise"),
    [
        (GivesUpAtOnce, try_again_is_run_again),
        (TakesKilledForDone, a_killed_task_is_run_again),
        (InsistsOnEverything, a_refusal_is_not_run_again),
        (StopsAtTheFirst, every_task_is_run_and_answers_in_its_place),
    ],
)
def test_a_farm_that_breaks_a_promise_is_rejected(
    bad: type[InTurn], promise: Promise, tmp_path: Path
) -> None:
    with pytest.raises(AssertionError):
        promise(bad(), tmp_path)
