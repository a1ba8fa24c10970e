"""
A shot's camera and its flat canvases as Nuke nodes: ``Camera2``, ``Card2``, a render of them.

Nuke's camera looks down its -Z with Y up, as ours does. Rotations are written about Z, then
X, then Y (``ZXY``), so that they read as roll, tilt and pan, and go on over a full turn.
The aperture across decides; what it is down follows from the format. A patch of a sphere is
no node of Nuke's: the USD stage has it.

Source: Foundry, Camera, Card and ScanlineRender nodes; ``nukescripts.snap3d`` for how a
camera's knobs make its projection.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from seamline.formats.usd import CameraTime, Patch, Scene

Knobs = dict[str, object]


def camera_knobs(scene: Scene, *, x: int, y: int) -> Knobs:
    """Return the knobs of a ``Camera2`` that is the scene's camera, frame by frame."""
    times = scene["camera"]
    turns = turns_of(times)
    across = [t["aperture_mm"][0] for t in times]
    shift = [
        (2 * t["offset_mm"][0] / wide, 2 * t["offset_mm"][1] / wide)
        for t, wide in zip(times, across, strict=True)
    ]
    focus = [t["focus_distance_m"] for t in times]
    knobs: Knobs = {
        "inputs": 0,
        "rot_order": "ZXY",
        "translate": _curves(times, [t["position_m"] for t in times]),
        "rotate": _curves(times, turns),
        "focal": _curves(times, [(t["focal_length_mm"],) for t in times]),
        "haperture": _curves(times, [(wide,) for wide in across]),
        "vaperture": _curves(times, [(t["aperture_mm"][1],) for t in times]),
        "win_translate": _curves(times, shift),
        "near": 0.01,
        "far": 1000000,
    }
    if all(focus):
        knobs["focal_point"] = _curves(times, [(distance or 0.0,) for distance in focus])
    words = (
        "metres, Y up; win_translate in halves of the width; "
        f"shutter open for {_number(scene['shutter_frames'])} of a frame about its middle"
    )
    return {**knobs, "name": "shot_camera", "label": words, "xpos": x, "ypos": y}


def card_knobs(patch: Patch, *, name: str, x: int, y: int) -> Knobs:
    """Return the knobs of the ``Card2`` that a patch of four corners is."""
    upper_left, upper_right, lower_left, _ = patch["points_m"]
    middle = patch["points_m"].mean(axis=0)
    right, up = upper_right - upper_left, upper_left - lower_left
    width, height = (float(np.sqrt((v * v).sum())) for v in (right, up))
    axes = np.stack([right / width, up / height, np.cross(right / width, up / height)], axis=-1)
    turned = _angles([float(v) for v in axes.reshape(9)])
    return {
        "inputs": 1,
        "rot_order": "ZXY",
        # A card is as wide as one unit; its height is scaled, whatever its picture's is.
        "image_aspect": "false",
        "translate": _list(middle),
        "rotate": _list(turned),
        "scaling": _list((width, height, 1.0)),
        "name": name,
        "xpos": x,
        "ypos": y,
    }


def is_flat(patch: Patch) -> bool:
    """Whether a patch is one rectangle, and so a card of Nuke's."""
    return len(patch["points_m"]) == 4


def turns_of(times: Sequence[CameraTime]) -> list[tuple[float, float, float]]:
    """Return tilt, pan and roll of every frame, degrees, each going on from the one before."""
    found: list[tuple[float, float, float]] = []
    for time in times:
        angles = _angles(list(time["world_from_camera"]))
        if found:
            x, y, z = (
                a - 360.0 * round((a - before) / 360.0)
                for a, before in zip(angles, found[-1], strict=True)
            )
            angles = (x, y, z)
        found.append(angles)
    return found


def _angles(m: Sequence[float]) -> tuple[float, float, float]:
    """
    Return the degrees about X, Y and Z of a row-major rotation, applied Z first, Y last.

    Straight up or down the last two are one turn, which is given to Y.
    """
    tilt = math.asin(max(-1.0, min(1.0, -m[5])))
    if abs(m[5]) > 1 - 1e-12:
        pan, roll = math.atan2(-m[6], m[0]), 0.0
    else:
        pan, roll = math.atan2(m[2], m[8]), math.atan2(m[3], m[4])
    return math.degrees(tilt), math.degrees(pan), math.degrees(roll)


def _curves(times: Sequence[CameraTime], values: Sequence[Sequence[float]]) -> str:
    """Return one curve for each column of ``values``; plain numbers where nothing moves."""
    if len({tuple(row) for row in values}) == 1:
        return _list(values[0]) if len(values[0]) > 1 else _number(values[0][0])
    columns = zip(*values, strict=True)
    frames = [t["frame"] for t in times]
    curves = " ".join(
        "{curve " + " ".join(f"x{n} {_number(v)}" for n, v in zip(frames, c, strict=True)) + "}"
        for c in columns
    )
    return "{" + curves + "}"


def _list(values: Iterable[Any]) -> str:
    return "{" + " ".join(_number(float(v)) for v in values) + "}"


def _number(value: float) -> str:
    return repr(int(value)) if float(value).is_integer() else repr(float(value))
