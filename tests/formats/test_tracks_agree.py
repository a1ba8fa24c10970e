"""The same camera, written in every format, comes in as the same camera."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import track_writers as w

from seamline.formats.tracks import TrackFiles
from seamline.show.camera import CameraTrack
from seamline.show.frames import FrameRange


def _agrees(track: CameraTrack, truth: w.Truth, *, lens: float = 1e-6) -> None:
    assert [s.frame for s in track.samples] == list(truth.frames)
    assert track.rate == Fraction(w.RATE)
    assert abs(track.shutter_angle_deg - w.SHUTTER) < 1e-4
    positions = np.array([s.position_m for s in track.samples])
    turns = np.array([s.world_from_camera for s in track.samples]).reshape(-1, 3, 3)
    np.testing.assert_allclose(positions, truth.positions, atol=1e-6)
    np.testing.assert_allclose(turns, truth.turns, atol=1e-6)
    lenses = [s.lens for s in track.samples]
    names = ("focal_length_mm", "sensor_width_mm", "sensor_height_mm", "centre_x_mm",
             "centre_y_mm")  # fmt: skip
    seen = np.array([[getattr(x, name) for name in names] for x in lenses])
    wanted = np.array([(f, w.WIDE, w.HIGH, *truth.axis) for f in truth.focals])
    np.testing.assert_allclose(seen, wanted, atol=lens)


WAYS: dict[str, tuple[Callable[..., Path], dict[str, Any]]] = {
    "OpenTrackIO JSON": (w.jsonl, {}),
    "OpenTrackIO CBOR": (w.cbor, {}),
    "nk": (w.nk, {}),
    "nk Camera4 XYZ": (w.nk, {"kind": "Camera4", "order": "XYZ"}),
    "nk Camera YZX": (w.nk, {"kind": "Camera", "order": "YZX"}),
    "usda, Y up, metres": (w.usd, {}),
    "usda, Z up, centimetres": (w.usd, {"up": "Z", "metres": 0.01}),
    "usdc, Z up, feet": (w.usd, {"up": "Z", "metres": 0.3048, "ending": "usdc"}),
    "usda, tenths of a metre": (w.usd, {"tenths": True}),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_same_camera_comes_in_from_every_format(tmp_path: Path, way: str) -> None:
    truth = w.handheld()
    write, how = WAYS[way]

    track = TrackFiles().read(str(write(tmp_path, truth, **how)), None)

    # USD keeps lenses in single precision.
    _agrees(track, truth, lens=1e-5 if "usd" in way else 1e-6)


@pytest.mark.parametrize("order", ["XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"])
@pytest.mark.parametrize("unit", ["m", "cm", "ft"])
def test_a_chan_comes_in_by_its_side_car(tmp_path: Path, order: str, unit: str) -> None:
    truth = w.handheld(axis=(0.0, 0.0))  # the format has no axis

    track = TrackFiles().read(str(w.chan(tmp_path, truth, order=order, unit=unit)), None)

    _agrees(track, truth)


@pytest.mark.parametrize("up", ["Y", "Z"])
@pytest.mark.parametrize("axes", ["opencv", "opengl"])
def test_a_trajectory_comes_in_with_its_intrinsics(tmp_path: Path, up: str, axes: str) -> None:
    truth = w.handheld(zoom=False)  # one line of intrinsics has no zoom

    track = TrackFiles().read(str(w.tum(tmp_path, truth, up=up, axes=axes)), None)

    _agrees(track, truth)


def test_a_camera_under_an_axis_and_with_a_matrix_is_where_nuke_puts_it(tmp_path: Path) -> None:
    truth = w.handheld(axis=(0.1, 0.0))
    angle = np.radians(30.0)
    turned = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    # An axis that turns by 30 degrees, is twice as large and stands at (5, 0, -1); its
    # camera undoes all of it, so that the shot's camera is the truth.
    local = w.Truth(
        truth.first,
        ((truth.positions - [5.0, 0, -1.0]) @ turned) / 2,
        turned.T @ truth.turns,
        truth.focals,
        truth.axis,
    )
    axis = "Axis3 {\n inputs 0\n translate {5 0 -1}\n rotate {0 30 0}\n uniform_scale 2\n}\n"
    path = tmp_path / "under.nk"
    path.write_text(w.ROOT + axis + w.nk_camera(local).replace(" inputs 0\n", ""))
    w.sidecar(path, unit="m", shutter_angle_deg=w.SHUTTER)

    _agrees(TrackFiles().read(str(path), None), truth)

    rows = []
    for r in range(3):
        for c in range(3):
            rows.append(w.curve(truth.frames, truth.turns[:, r, c]))
        rows.append(w.curve(truth.frames, truth.positions[:, r]))
    parts = [*rows, "0", "0", "0", "1"]
    matrix = " ".join("{" + " ".join(parts[i : i + 4]) + "}" for i in range(0, 16, 4))
    node = w.nk_camera(w.Truth(truth.first, truth.positions * 0, truth.turns, truth.focals,
                               truth.axis))  # fmt: skip
    path.write_text(
        w.ROOT
        + node.replace(" inputs 0\n", f" inputs 0\n useMatrix true\n matrix {{{matrix}}}\n")
    )

    _agrees(TrackFiles().read(str(path), None), truth)


def test_frames_are_picked_from_a_longer_track_and_moved_from_another_count(
    tmp_path: Path,
) -> None:
    truth = w.handheld(24, axis=(0.0, 0.0))
    path = w.chan(tmp_path, truth)

    part = TrackFiles().read(str(path), FrameRange(first=1005, last=1010))

    assert [s.frame for s in part.samples] == list(range(1005, 1011))
    np.testing.assert_allclose(part.samples[0].position_m, truth.positions[4], atol=1e-9)
    moved = TrackFiles().read(str(path), FrameRange(first=1, last=24))
    assert moved.samples[0].frame == 1
    assert any("1001 to 1024 are taken as 1-24" in note for note in moved.notes)


def test_one_of_several_cameras_is_named(tmp_path: Path) -> None:
    one, two = w.handheld(axis=(0.0, 0.0)), w.handheld(zoom=False, axis=(0.0, 0.0))
    path = tmp_path / "two.nk"
    path.write_text(w.ROOT + w.nk_camera(one, name="hero") + w.nk_camera(two, name="witness"))
    w.sidecar(path, unit="m", shutter_angle_deg=w.SHUTTER)

    _agrees(TrackFiles().read(str(path), None, camera="witness"), two)
    _agrees(TrackFiles().read(str(path), None, camera="hero"), one)


def test_a_shutter_that_opens_with_the_frame_is_read_in_its_middle(tmp_path: Path) -> None:
    from pxr import Usd, UsdGeom

    truth = w.handheld()
    path = w.usd(tmp_path, truth)
    stage = Usd.Stage.Open(str(path))
    camera = UsdGeom.Camera(stage.GetPrimAtPath("/World/ShotCam"))
    camera.GetShutterOpenAttr().Set(0.0)
    camera.GetShutterCloseAttr().Set(0.5)
    stage.Save()
    del camera, stage

    track = TrackFiles().read(str(path), FrameRange(first=1001, last=1011))

    assert abs(track.shutter_angle_deg - 180.0) < 1e-9
    quarter = truth.positions[0] + 0.25 * (truth.positions[1] - truth.positions[0])
    np.testing.assert_allclose(track.samples[0].position_m, quarter, atol=1e-9)


@pytest.mark.shared
def test_a_real_trajectory_lies_where_its_nearest_pose_does(
    shared: Path, tmp_path: Path
) -> None:
    source = shared / "data/camera_metadata/trajectories/freiburg1_xyz-groundtruth.txt"
    path = tmp_path / "fr1.txt"
    path.write_bytes(source.read_bytes())
    # TUM's own calibration of the Freiburg 1 camera; its world has Z up.
    w.sidecar(
        path, rate="30", camera_axes="opencv", up="Z", fx=517.3, fy=516.5, cx=318.6, cy=255.3,
        width_px=640, height_px=480,
    )  # fmt: skip

    track = TrackFiles().read(str(path), None)

    rows = np.loadtxt(source)
    rows = rows[np.r_[True, np.diff(rows[:, 0]) > 0]]
    times = rows[0, 0] + np.arange(len(track.samples)) / 30.0
    nearest = rows[np.abs(rows[:, :1] - times).argmin(axis=0)]
    off = np.linalg.norm(
        np.array([s.position_m for s in track.samples]) - nearest[:, 1:4] @ w.Z_UP.T, axis=1
    )
    assert len(track.samples) > 700
    assert off.max() < 0.01  # half of what passes between two poses at 100 Hz
    lens = track.samples[0].lens
    assert lens.focal_length_mm / lens.sensor_width_mm * 640 == pytest.approx(517.3)
    assert any("largest gap between poses is" in note for note in track.notes)
    # Held in a hand above a desk: neither on its side nor looking at the sky.
    assert not any("side" in note for note in track.notes)
