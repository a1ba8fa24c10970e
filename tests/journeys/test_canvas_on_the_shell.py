"""On the shell a canvas says what a travelling camera will see of it, before it is painted."""

from __future__ import annotations

import json

import material
import numpy as np
import pytest
from shell import Work

SHOT = "042_0110"


def dolly(work: Work, metres: float, near_m: float | None) -> None:
    """Three frames of a camera that goes ``metres`` to the right in all."""
    frames = [material.meadow(96, 54, turn=n).astype(np.float16) for n in range(3)]
    pattern = work.plate(SHOT, frames, primaries=material.AP1)
    path = material.track(
        work.outside / "take.opentrackio.jsonl", range(3), pan_per_frame_deg=0.0
    )
    told = [json.loads(line) for line in path.read_text().splitlines()]
    for n, sample in enumerate(told):
        sample["transforms"][0]["translation"]["x"] = metres * n / 2
    path.write_text("".join(json.dumps(sample) + "\n" for sample in told))
    work("shot", "add", SHOT, "--plate", pattern, "--track", str(path))
    lock = work.outside / "lock.toml"
    near = f"near_m = {near_m}\n" if near_m else ""
    lock.write_text(f"{material.LOCK}\n[environment]\ndistance_m = 10\n{near}")
    work("lock", "set", SHOT, str(lock))


def test_near_layers_are_told_with_their_pixels(work: Work) -> None:
    dolly(work, 0.8, near_m=9.0)

    said = work("canvas", SHOT)
    document = work.json("canvas", SHOT)

    # .4 m either way, 135 px: 6.00 px at 9 m; what lies flat at 10 m is off by 5.40.
    assert "5.40 px parallax error where it lies flat" in said.out
    assert "near_m: 9 m away, 6.00 px either way; the canvas holds 100.0% of it" in said.out
    assert "rolling shutter: nobody said" in said.out
    assert document["layers"][0]["parallax_px"] == pytest.approx(6.0, abs=0.01)


def test_without_a_near_layer_it_is_refused_with_the_pixels(work: Work) -> None:
    dolly(work, 0.8, near_m=None)

    said = work("canvas", SHOT, code=2)

    assert "moves 5.4 px against a flat canvas, limit 2 px" in said.sentence


def test_a_card_says_how_far_it_reaches_and_what_it_holds(work: Work) -> None:
    dolly(work, 0.8, near_m=None)

    # The head tilts by 1 degree: the wall is 5.98 m deep at its nearest, 135 px by that.
    wall = work("canvas", SHOT, "--plane", "0,0,-6,0,0,1")
    floor = work.json("canvas", SHOT, "--kind", "card", "--ground")

    assert "card canvas" in wall.out
    assert "22.6 px a metre, up to 6.0 m away; holds 100.0% of what is generated" in wall.out
    assert floor["kind"] == "card"
    assert 0.2 < floor["coverage"] < 0.5


@pytest.mark.parametrize("plane", ["0,0,-6", "0,0,-6,0,0,up", "0,0,-6,0,0,0"])
def test_a_plane_that_is_none_is_refused(work: Work, plane: str) -> None:
    dolly(work, 0.8, near_m=None)
    rows = work.rows()

    said = work("canvas", SHOT, "--plane", plane, code=2)

    assert "->" in said.err
    assert work.rows() == rows
