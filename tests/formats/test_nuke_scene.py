"""The camera and the cards of a delivered script stand where ours do, by Nuke's own rules."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seamline.formats.nk_read import Node, parse
from seamline.formats.nk_scene import camera_knobs, card_knobs
from seamline.formats.papers import PaperFiles
from seamline.formats.tracks import TrackFiles
from seamline.optics.projection import Pinhole, turn
from seamline.optics.rotation import as_rotation
from seamline.optics.surface import card_surface
from seamline.show.camera import CameraTrack, Lens
from seamline.show.canvas import Canvas
from seamline.show.cdl import CDL
from seamline.show.frames import FrameRange
from seamline.steps.delivered_scene import camera_times
from synth import Pose
from tiny import pan_track

FOUR = FrameRange(first=1001, last=1004)
WINDOW = (0, 0, 2048, 858)
ANAMORPHIC = Lens(
    focal_length_mm=50.0, sensor_width_mm=21.12, sensor_height_mm=17.64, squeeze=2.0,
    centre_x_mm=0.31, centre_y_mm=-0.22,
)  # fmt: skip


def knob(node: Node, name: str, frame: int) -> list[float]:
    """The numbers of a knob at ``frame``: a plain list, or curves of keys."""
    text = node.knobs[name]
    curves = re.findall(r"\{curve ([^{}]*)\}", text)
    if not curves:
        return [float(v) for v in text.split()]
    found = []
    for curve in curves:
        keys = dict(re.findall(r"x(\d+) (\S+)", curve))
        found.append(float(keys[str(frame)]))
    return found


def about(axis: int, degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    a, b = [(1, 2), (2, 0), (0, 1)][axis]
    m = np.eye(3)
    m[a, a], m[a, b], m[b, a], m[b, b] = c, -s, s, c
    return m


def rotation(node: Node, frame: int) -> np.ndarray:
    """ZXY: about Z first, about Y last."""
    assert node.knobs["rot_order"] == "ZXY"
    x, y, z = knob(node, "rotate", frame)
    return about(1, y) @ about(0, x) @ about(2, z)


def seen_by_nuke(node: Node, frame: int, points: np.ndarray, aspect: float) -> np.ndarray:
    """``nukescripts.snap3d.cameraProjectionMatrix``, rows counted from the top."""
    own = (points - knob(node, "translate", frame)) @ rotation(node, frame)
    (focal,), (across,) = knob(node, "focal", frame), knob(node, "haperture", frame)
    u, v = knob(node, "win_translate", frame)
    _, _, width, height = WINDOW
    x = 2 * focal / across * own[:, 0] / -own[:, 2] - u
    y = 2 * focal / across * own[:, 1] / -own[:, 2] - v
    return np.stack(
        [(x + 1) * width / 2, height - (y * width / 2 * aspect + height / 2)], axis=-1
    )


def comp(track: CameraTrack, aspect: float, patches: list[dict]) -> list[Node]:
    files = {"pattern": "x.%04d.exr", "colourspace": "ACEScg"}
    scene = {
        "name": "a", "shot": "042", "frames": (1001, 1004), "rate": "24",
        "colourspace": "ACEScg",
        "camera": camera_times(track, FOUR, WINDOW, aspect), "shutter_frames": 0.5,
        "patches": patches,
    }  # fmt: skip
    script = PaperFiles().nuke_script(
        {
            "name": "a", "frames": (1001, 1004), "width_px": 2048, "height_px": 858,
            "pixel_aspect": aspect, "rate": "24", "plate": files, "element": files,
            "matte": {"pattern": "m.%04d.exr"}, "comp": files, "cdl": CDL(id="a"),
            "scene": scene, "config_path": "config.ocio", "working_space": "ACEScg",
        }
    )  # fmt: skip
    return parse(script)


@pytest.mark.parametrize("lens", [None, ANAMORPHIC], ids=["spherical", "anamorphic"])
def test_the_script_s_camera_sees_a_point_where_ours_does(lens: Lens | None) -> None:
    aspect = 2.0 if lens else 1.0
    track = pan_track(
        [0.0, 4.0, 9.0, 15.0], tilt_deg=-7.0, lens=lens, travel_m=(0.4, 0.1, -0.3)
    )
    (node,) = (n for n in comp(track, aspect, []) if n.kind == "Camera2")
    points = np.random.default_rng(3).uniform((-4, -6, -30), (4, 2, -8), (40, 3))

    for frame in FOUR:
        sample = track.sample(frame)
        own = turn(
            as_rotation(sample.world_from_camera).T, points - np.array(sample.position_m)
        )
        pinhole = Pinhole.of(sample.lens, WINDOW, pixel_aspect=aspect)
        ours = np.stack(pinhole.pixels(own), axis=-1)

        assert np.abs(seen_by_nuke(node, frame, points, aspect) - ours).max() < 1e-3


def test_angles_go_on_over_a_full_turn_and_a_still_camera_has_no_curves() -> None:
    pans = [170.0, 176.0, 182.0, 188.0]
    knobs = camera_knobs(
        {"camera": camera_times(pan_track(pans), FOUR, WINDOW, 1.0), "shutter_frames": 0.5},
        x=0,
        y=0,
    )  # type: ignore[typeddict-item]

    keys = [float(v) for v in re.findall(r"x\d+ (\S+)\}?", str(knobs["rotate"]).split("}")[1])]
    assert np.abs(np.diff(keys)).max() < 7
    assert "curve" not in str(knobs["focal"])

    still = CameraTrack(samples=pan_track([3.0]).samples, static=True)
    knobs = camera_knobs(
        {"camera": camera_times(still, FOUR, WINDOW, 1.0), "shutter_frames": 0.5}, x=0, y=0
    )  # type: ignore[typeddict-item]
    assert not any("curve" in str(v) for v in knobs.values())
    assert "open for 0.5 of a frame" in str(knobs["label"])


@pytest.mark.parametrize("tilt", [90.0, -90.0, 30.0])
def test_a_camera_that_looks_straight_down_has_angles_too(tilt: float) -> None:
    axes = Pose(pan_deg=25.0, tilt_deg=tilt).axes()
    sample = replace(
        pan_track([0.0]).samples[0], world_from_camera=tuple(float(v) for v in axes.reshape(9))
    )
    track = CameraTrack(samples=(sample,), static=True)
    (node,) = (n for n in comp(track, 1.0, []) if n.kind == "Camera2")

    np.testing.assert_allclose(rotation(node, 1001), axes, atol=1e-7)


def test_a_card_of_the_script_lies_on_our_plane_and_its_render_sees_it() -> None:
    # A wall, turned and tilted, 20 m by 10 m.
    wall = as_rotation(pan_track([30.0], tilt_deg=-12.0).samples[0].world_from_camera)
    canvas = Canvas(
        shot="042", kind="card", width_px=2000, height_px=1000,
        world_from_canvas=tuple(float(v) for v in wall.reshape(9)),  # type: ignore[arg-type]
        origin_m=(1.0, 2.0, -15.0), card_left_m=-8.0, card_top_m=6.0, px_per_m=100.0,
    )  # fmt: skip
    surface = card_surface(canvas)
    patch = {
        "name": "far range", "picture": "textures/a_far.exr", "points_m": surface.points_m,
        "uv": surface.uv, "faces": surface.faces, "distance_m": 15.0, "motion_deg_s": 0.0,
        "digest": "",
    }  # fmt: skip
    nodes = {n.name: n for n in comp(pan_track([0.0, 1.0, 2.0, 3.0]), 1.0, [patch])}

    card, render = nodes["card_far_range"], nodes["painting_rendered"]
    w, h, _ = knob(card, "scaling", 1001)
    corners = np.array([[-w / 2, h / 2, 0], [w / 2, h / 2, 0], [-w / 2, -h / 2, 0]])
    there = corners @ rotation(card, 1001).T + knob(card, "translate", 1001)

    np.testing.assert_allclose(there, surface.points_m[:3], atol=1e-9)
    background, scene, camera = render.inputs
    assert background is None
    assert scene is not None
    assert camera is nodes["shot_camera"]
    assert scene.inputs == [card]
    assert card.inputs[0] is nodes["painted_far_range"]
    assert card.inputs[0].knobs["file"].endswith("/scene/textures/a_far.exr")
    assert render.knobs["shutter"] == "0.5"
    # What is looked at is still the comp.
    viewer = nodes["Viewer1"]
    assert [n.name for n in viewer.inputs if n] == ["element_over_plate", "delivered_comp"]


def test_card_knobs_are_those_of_the_card() -> None:
    canvas = Canvas(
        shot="042", kind="card", width_px=400, height_px=200, card_left_m=-2.0, card_top_m=1.0,
        px_per_m=100.0,
    )  # fmt: skip
    surface = card_surface(canvas)

    knobs = card_knobs({"points_m": surface.points_m}, name="c", x=0, y=0)  # type: ignore[typeddict-item]

    assert knobs["scaling"] == "{4 2 1}"
    assert knobs["translate"] == "{0 0 0}"


def test_a_chan_says_the_same_camera_and_our_own_reader_reads_it(tmp_path: Path) -> None:
    lens = Lens(
        focal_length_mm=40.0, sensor_width_mm=36.70, sensor_height_mm=36.70 * 858 / 2048
    )
    track = pan_track([0.0, 3.0, 6.0, 9.0], tilt_deg=2.0, lens=lens, travel_m=(0.1, 0.0, -0.2))
    scene: Any = {
        "frames": (1001, 1004),
        "camera": camera_times(track, FOUR, WINDOW, 1.0),
        "shutter_frames": 0.5,
    }

    content, sidecar = PaperFiles().chan(scene)
    (tmp_path / "shot.chan").write_bytes(content)
    (tmp_path / "shot.chan.toml").write_bytes(sidecar)
    read = TrackFiles().read(str(tmp_path / "shot.chan"), FOUR)

    first = [float(v) for v in content.decode().splitlines()[0].split()]
    # 40 mm over a sensor 36.70 mm wide at 2.387:1, so 15.375 mm tall: 21.758 degrees.
    assert (first[0], len(first)) == (1001, 8)
    assert first[7] == pytest.approx(21.758, abs=1e-3)
    for frame in FOUR:
        ours, theirs = track.sample(frame), read.sample(frame)
        np.testing.assert_allclose(
            np.reshape(theirs.world_from_camera, (3, 3)),
            np.reshape(ours.world_from_camera, (3, 3)),
            atol=1e-12,
        )
        np.testing.assert_allclose(theirs.position_m, ours.position_m, atol=1e-12)
        assert theirs.lens.focal_length_mm == pytest.approx(40.0, abs=1e-9)
        assert theirs.lens.sensor_width_mm == pytest.approx(36.70)


def test_a_chan_of_a_camera_that_stands_still_has_every_frame() -> None:
    times = camera_times(pan_track([0.0] * 4, lens=ANAMORPHIC), FOUR, WINDOW, 2.0)[:1]

    content, sidecar = PaperFiles().chan({"frames": (1001, 1004), "camera": times})  # type: ignore[arg-type]

    rows = [line.split() for line in content.decode().splitlines()]
    assert [row[0] for row in rows] == ["1001", "1002", "1003", "1004"]
    assert len({tuple(row[1:]) for row in rows}) == 1
    assert sidecar.startswith(b"# The lens's axis stands aside")
