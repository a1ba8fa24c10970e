"""A camera comes in on the shell, by its name, and with what is odd about it."""

from __future__ import annotations

import sys
from pathlib import Path

from shell import Work

sys.path.append(str(Path(__file__).parents[1] / "formats"))
import track_writers as w

FRAMES = "1001-1012"


def _two(folder: Path) -> str:
    path = folder / "two.nk"
    one, two = w.handheld(axis=(0.0, 0.0)), w.handheld(zoom=False, axis=(0.0, 0.0))
    path.write_text(w.ROOT + w.nk_camera(one, name="hero") + w.nk_camera(two, name="witness"))
    return str(path)


def test_a_camera_is_named_and_what_nobody_states_is_said(work: Work) -> None:
    script = _two(work.outside)

    refused = work("shot", "add", "C_010", "--track", script, "--frames", FRAMES, code=2)

    assert "holds 2 cameras: hero, witness" in refused.sentence
    assert "--camera hero" in refused.err
    said = work(
        "shot", "add", "C_010", "--track", script, "--camera", "witness", "--frames", FRAMES
    )
    assert "metres are assumed" in said.out
    assert "nothing says how fast the shutter rolls" in said.out


def test_a_camera_of_another_program_paints_a_canvas(work: Work) -> None:
    track = w.nk(work.outside, w.handheld(zoom=True, axis=(0.1, 0.0)))
    work("shot", "add", "C_020", "--track", str(track), "--frames", FRAMES)

    said = work("canvas", "C_020", "--json").json

    # 24.89 mm before 35 mm see 39.2 degrees, and the camera pans by 15 more.
    assert said["kind"] == "sphere"


def test_alembic_is_sent_to_the_page_that_converts_it(work: Work) -> None:
    path = work.outside / "camera.abc"
    path.write_bytes(b"Ogawa")

    refused = work("shot", "add", "C_030", "--track", str(path), "--frames", FRAMES, code=2)

    assert "is Alembic, which is not read here" in refused.sentence
    assert "docs/how-to/bring-a-camera-in.md" in refused.err
