"""
DEMO_010 where its camera is fastest: frame 1012 smears eight pixels.

What `patch` paints must move with the camera and change in no other way. A neutral
painting puts the plate's own pixels on the canvas, from frames in which the
camera rests first. Seen again through frame 1012's shutter they must be as soft as what
the camera photographed there: the same things, so their edges can be compared.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seamline import demo_show, wiring
from seamline.pixels.metrics import edge_width_px
from seamline.ports import Studio
from seamline.show.frames import FrameRange, frame_path
from seamline.steps import book
from seamline.steps.ingest import add_shot
from seamline.steps.main_job import painted
from synth import (
    Pose,
    Rig,
    acescct,
    change_along_the_move,
    rays,
    seen_at,
    ten_to_ninety_px,
)
from tiny import TinyShow

FAST, LAST = 1012, 1024
FRAMES = FrameRange(first=FAST, last=LAST)
RIG = Rig(960, 540, 35.0, 24.89)
LIMIT = 0.15


@pytest.fixture(scope="module")
def neutral(
    tmp_path_factory: pytest.TempPathFactory, demo_material: Path
) -> tuple[TinyShow, dict[str, Any]]:
    show = TinyShow(tmp_path_factory.mktemp("smear"))
    source = demo_material / "DEMO_010"
    lines = (source / "camera.opentrackio.jsonl").read_text().splitlines(keepends=True)
    track = show.material / "part.opentrackio.jsonl"
    track.write_text("".join(lines[FAST - 1001 :]))
    plate = str(source / "plate" / "DEMO_010.%04d.exr")
    add_shot(show.studio, "DEMO_010", plate=plate, track=str(track), frames=FRAMES)
    document = painted(show.studio, "DEMO_010", variations=1, seed=1, generator="neutral")
    return show, document["variations"][0]


def poses() -> dict[int, Pose]:
    """Pan and tilt by the demo's own formula: eased from -7 and 1 degrees to 4 and 2.5."""
    found = {}
    for frame in range(1001, 1025):
        u = (frame - 1001) / 23
        ease = u * u * (3 - 2 * u)
        found[frame] = Pose(pan_deg=7 - 11 * ease, tilt_deg=1 + 1.5 * ease)
    return found


def seen_by_both() -> tuple[slice, slice]:
    """The part of frame 1012 that the last frame, at rest, sees too."""
    x, y = np.meshgrid(np.arange(960) + 0.5, np.arange(540) + 0.5)
    there, down = seen_at(RIG, poses()[LAST], rays(RIG, poses()[FAST], x, y))
    sees = (there > 8) & (there < 952) & (down > 8) & (down < 532)
    columns, rows = np.flatnonzero(sees[270]), np.flatnonzero(sees[:, 700])
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def test_the_camera_report_says_that_frame_1012_smears_eight_pixels(
    demo_material: Path,
) -> None:
    text = (demo_material / "DEMO_010" / "camera.opentrackio.jsonl").read_text()
    said = [json.loads(line)["transforms"][0]["rotation"] for line in text.splitlines()]
    for frame, pose in poses().items():
        assert said[frame - 1001]["pan"] == pytest.approx(pose.pan_deg, abs=1e-9)
        assert said[frame - 1001]["tilt"] == pytest.approx(pose.tilt_deg, abs=1e-9)

    a_frame = math.radians(said[10]["pan"] - said[12]["pan"]) / 2 * RIG.focal_px
    assert a_frame / 2 == pytest.approx(8.4, abs=0.1)  # half of it, at 180 degrees


def test_element_and_plate_are_equally_soft_where_the_camera_smears(
    neutral: tuple[TinyShow, dict[str, Any]],
) -> None:
    show, entry = neutral
    shot = book.shot(show.studio.ledger, "DEMO_010")
    assert shot.plate is not None
    part = seen_by_both()
    tones = [
        acescct(show.studio.images.read(frame_path(pattern, FAST)).rgb())[part][..., 1]
        for pattern in (show.studio.shelf.element_pattern(entry["id"]), shot.plate.pattern)
    ]
    rest = acescct(show.studio.images.read(frame_path(shot.plate.pattern, LAST)).rgb())[..., 1]

    mine, plate = (edge_width_px(t.astype(np.float32)) for t in tones)
    sharp = edge_width_px(rest.astype(np.float32))
    assert mine is not None
    assert plate is not None
    assert sharp is not None
    own, theirs = (np.median(ten_to_ninety_px(t)) for t in tones)
    assert plate > 1.4 * sharp  # it does smear
    assert mine == pytest.approx(plate, rel=LIMIT)
    assert own == pytest.approx(theirs, rel=LIMIT)


def test_the_check_tells_the_demo_s_five_moments_from_its_reported_shutter(
    neutral: tuple[TinyShow, dict[str, Any]],
) -> None:
    """The plate is the mean of five views, from opening to closing: 1.2 times as long."""
    show, entry = neutral
    version = book.version(show.studio.ledger, entry["id"])
    (found,) = [f for f in version.findings if f.check == "sharpness"]

    assert found.verdict == "pass", found.says
    assert found.frame == FRAMES.middle
    assert "1.00 times as wide as the camera's move makes them in the element" in found.says
    assert found.measured == pytest.approx(16, abs=5)


@pytest.fixture(scope="module")
def painted_demo(
    tmp_path_factory: pytest.TempPathFactory, demo_material: Path
) -> tuple[Studio, list[dict[str, Any]]]:
    """A variation at day and one at dusk, of all frames, at full size."""
    folder = str(tmp_path_factory.mktemp("painted") / "demo")
    document = demo_show.run(
        folder, material=str(demo_material), variations=2, seed=1, frames=None, size=None,
        threads=2,
    )  # fmt: skip
    return wiring.open_studio(folder, quiet=True), document["variations"]


@pytest.mark.slow
def test_a_painted_range_moves_with_the_camera_and_does_not_flicker(
    painted_demo: tuple[Studio, list[dict[str, Any]]],
) -> None:
    studio, entries = painted_demo
    pairs = ((1011, 1012), (1012, 1013))

    for entry in entries:
        pattern = studio.shelf.element_pattern(entry["id"])
        for one, two in pairs:
            before, after = (studio.images.read(frame_path(pattern, n)) for n in (one, two))
            solid = [p.channels["A"].astype(np.float32) == 1 for p in (before, after)]
            sees = far_from_holes(solid[0]) & far_from_holes(solid[1])
            moved = change_along_the_move(
                before.rgb(), after.rgb(), RIG, (poses()[one], poses()[two]), sees
            )
            still = np.abs(acescct(before.rgb()) - acescct(after.rgb()))[sees]
            assert len(moved) > 0.3 * solid[0].size
            assert moved.mean() < 0.0005
            assert np.percentile(moved, 99) < 0.003
            assert still.mean() > 10 * moved.mean()  # it does move


@pytest.mark.slow
def test_what_is_painted_smears_as_the_plate_does(
    painted_demo: tuple[Studio, list[dict[str, Any]]],
) -> None:
    studio, entries = painted_demo
    measured = 0

    for entry in entries:
        version = book.version(studio.ledger, entry["id"])
        (found,) = [f for f in version.findings if f.check == "sharpness"]
        assert found.verdict in ("pass", "not checked"), found.says
        if found.verdict == "pass":
            assert found.frame == FAST
            assert found.measured == pytest.approx(16, abs=3), found.says
            measured += 1
    assert measured >= 1  # hills at dusk, or a range low in the frame, have no hard edges


def far_from_holes(solid: np.ndarray, reach_px: int = 40) -> np.ndarray:
    """Where nothing unpainted lies within a frame's move and the filter's reach."""
    holes = np.cumsum(np.cumsum(np.pad(~solid, reach_px + 1), axis=0), axis=1)
    size = 2 * reach_px + 1
    around = holes[size:, size:] - holes[:-size, size:] - holes[size:, :-size]
    around = around + holes[:-size, :-size]
    return around[: solid.shape[0], : solid.shape[1]] == 0


def test_a_take_of_nothing_but_the_fast_pan_cannot_tell_sharpness(
    tmp_path: Path, demo_material: Path
) -> None:
    show = TinyShow(tmp_path)
    source = demo_material / "DEMO_010"
    lines = (source / "camera.opentrackio.jsonl").read_text().splitlines(keepends=True)
    track = show.material / "part.opentrackio.jsonl"
    track.write_text("".join(lines[1009 - 1001 : 1013 - 1001]))
    plate = str(source / "plate" / "DEMO_010.%04d.exr")
    frames = FrameRange(first=1009, last=1012)
    add_shot(show.studio, "DEMO_010", plate=plate, track=str(track), frames=frames)

    document = painted(show.studio, "DEMO_010", variations=1, seed=1, generator="neutral")

    version = book.version(show.studio.ledger, document["variations"][0]["id"])
    found = next(f for f in version.findings if f.check == "sharpness")
    assert found.verdict == "not checked"
    assert "camera never rests" in found.says
