"""A screen is keyed from the shell, and what is none is refused."""

from __future__ import annotations

from pathlib import Path

import material
import numpy as np
from numpy.typing import NDArray
from shell import Work

GREEN = (0.30, 0.52, 0.17)


def before_green(turn: int) -> NDArray[np.float16]:
    """A grey box walks in front of a screen."""
    rgb = np.empty((64, 96, 3), np.float32)
    rgb[:] = GREEN
    rgb[20:, 30 + turn : 60 + turn] = 0.18
    return rgb.astype(np.float16)


def test_a_keyed_shot_is_painted_like_any_other(work: Work) -> None:
    shot = "042_0300"
    pattern = work.plate(shot, [before_green(n) for n in range(2)], primaries=material.AP1)
    work("shot", "add", shot, "--plate", pattern, "--static")

    document = work.json("seam", "key", shot, "--screen", "green", "--despill")
    words = work("seam", "key", shot, "--screen", "green", "--sample", "2,2,20,12")

    assert document["version"] == 1
    assert Path(document["matte"] % 1002).is_file()
    assert Path(document["despilled"] % 1002).is_file()
    assert document["shadow"] is None
    share = 30 * 44 / (64 * 96)
    assert abs(document["frames"]["1001"]["live_share"] - share) < 0.01
    assert "seam v2, keyed" in words.out
    assert "21% to 21% of the frame" in words.out
    element = work.json("paint", shot, "-n", "1", "-g", "neutral")["variations"][0]["id"]
    assert element == f"{shot}_env_b01_v001"


def test_what_cannot_be_keyed_is_one_sentence(work: Work) -> None:
    shot = work.meadow()

    screen = work("seam", "key", shot, "--screen", "blue", "--sample", "0,40,20,20", code=2)
    cyc = work("seam", "key", shot, "--screen", "cyc", code=2)
    solid = work("seam", "key", shot, "--screen", "green", "--solid", "3", code=2)
    box = work("seam", "key", shot, "--screen", "green", "--sample", "1,2,3", code=2)

    assert "no blue screen" in screen.sentence
    assert "--sample" in cyc.err
    assert "solid is 3" in solid.sentence
    assert "--sample" in box.sentence
    assert not (work.root / "shots" / shot / "mattes").exists()
