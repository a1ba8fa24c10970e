"""The same Ask gives the same bits: again, after a prune, with any threads, on any CPU."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import material
import numpy as np
import pytest
from shell import Work, begin, process

from processors import older_processor

FRAMES = range(1001, 1004)
SHOT = "042_0300"


def panning_shot(folder: Path) -> Work:
    """A show with one panning shot, ready to be painted; the same in every folder."""
    work = begin(folder)
    width, height = 128, 72
    frames = [material.meadow(width, height, turn=n).astype(np.float16) for n in range(3)]
    plate = work.plate(SHOT, frames, primaries=material.AP1)
    camera = material.track(work.outside / f"{SHOT}.jsonl", FRAMES)
    work("shot", "add", SHOT, "--plate", plate, "--track", str(camera))
    matte = material.matte_plane(width, height)
    work("seam", "set", SHOT, "--matte", work.matte(SHOT, [matte] * 3))
    work.reference()
    return work


def digests(painted: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What was painted, by pixels: canvas, element and comp of every variation."""
    return [
        (Path(v["canvas"]).stem, v["digest"], v["comp_digest"]) for v in painted["variations"]
    ]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Work, list[tuple[str, str, str]]]:
    """The first time it was painted, seeds 1 to 3."""
    work = panning_shot(tmp_path_factory.mktemp("first"))
    return work, digests(work.json("paint", SHOT, "-n", "3"))


def test_painted_again_in_another_show_it_is_the_same(
    first: tuple[Work, list[tuple[str, str, str]]], tmp_path: Path
) -> None:
    again = panning_shot(tmp_path).json("paint", SHOT, "-n", "3")

    assert digests(again) == first[1]


def test_painted_again_in_the_same_show_nothing_is_painted(
    first: tuple[Work, list[tuple[str, str, str]]],
) -> None:
    work, painted = first
    rows = work.rows()

    again = work.json("paint", SHOT, "-n", "3")

    assert digests(again) == painted
    assert work.rows() == rows


def test_after_a_prune_the_frames_come_back_the_same(
    first: tuple[Work, list[tuple[str, str, str]]],
) -> None:
    work, painted = first
    standing = work.json("paint", SHOT, "-n", "3")["variations"]
    files = [p for v in standing for k in ("element", "comp") for p in material.frames_in(v[k])]
    before = [path.read_bytes() for path in files]
    rows = work.rows()

    pruned = work.json("show", "prune")
    gone = [path for path in files if path.exists()]
    again = work.json("paint", SHOT, "-n", "3")

    assert pruned["bytes"] >= sum(len(content) for content in before)
    assert gone == []
    assert digests(again) == painted
    assert [path.read_bytes() for path in files] == before
    assert work.rows() == rows


def test_a_prune_keeps_what_was_chosen(tmp_path: Path) -> None:
    work = begin(tmp_path)
    shot = work.meadow()
    painted = work.json("paint", shot, "-n", "2", "-g", "neutral")["variations"]
    work("choose", shot, painted[1]["id"], "--by", work.person())

    work("show", "prune")

    assert not Path(painted[0]["comp"]).exists()
    assert len(material.frames_in(painted[1]["comp"])) == 2
    assert len(material.frames_in(painted[1]["element"])) == 2


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_any_number_of_threads_paints_the_same(
    first: tuple[Work, list[tuple[str, str, str]]], tmp_path: Path, threads: int
) -> None:
    work = panning_shot(tmp_path)

    painted = work.json("paint", SHOT, "-n", "3", "--threads", str(threads))

    assert digests(painted) == first[1]


@pytest.mark.slow
def test_another_processor_paints_the_same(
    first: tuple[Work, list[tuple[str, str, str]]], tmp_path: Path
) -> None:
    if os.uname().machine != "x86_64":
        pytest.skip("the promise is for x86-64 with AVX2")
    env = older_processor()
    work = panning_shot(tmp_path)
    words = ("--show", str(work.root), "paint", SHOT, "-n", "3", "--json")

    said = process(*words, env=env)

    assert said.code == 0, said.err
    assert digests(json.loads(said.out)) == first[1]
    record = process("doctor", "--show", str(work.root), "--json", env=env).json
    assert record["made"]["cpu"] == "haswell"


def test_another_seed_is_another_picture(
    first: tuple[Work, list[tuple[str, str, str]]],
) -> None:
    work, painted = first

    later = work.json("paint", SHOT, "-n", "2", "--seed", "3")
    other = digests(later)

    assert other[0] == painted[2]  # seed 3 was asked for before
    assert len({canvas for canvas, _, _ in [*painted, other[1]]}) == 4
    assert len({element for _, element, _ in [*painted, other[1]]}) == 4


def test_a_variation_does_not_depend_on_its_neighbours(
    first: tuple[Work, list[tuple[str, str, str]]], tmp_path: Path
) -> None:
    alone = panning_shot(tmp_path).json("paint", SHOT, "-n", "1", "--seed", "2")

    assert digests(alone)[0] == first[1][1]
