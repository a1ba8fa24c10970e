"""
A canvas through a moving camera: what flickers, when nothing but the camera moves.

The truth is exact: every frame of it is sampled from a panorama along the camera's own
rays. The canvas is sampled from the same panorama once, and each of its frames through the
reprojection that every element goes through. What a frame then lacks of the truth is
sampling; if it stays where it is on the picture as the camera moves, nobody sees it. So
the error of one frame is brought onto the next along the exact flow, and what is left of
their difference is the flicker. Log10 of the mean of the channels.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patch import material
from seamline.fast import reproject
from seamline.optics.projection import Pinhole, frame_directions, turn
from seamline.optics.reproject import sphere_coordinates, sphere_directions
from seamline.optics.rotation import from_pan_tilt_roll

Floats = NDArray[np.float32]
PANORAMA = "spruit"
"""4096 px around, 11.4 pixels a degree."""
SIZES = ((2048, 1152), (1024, 576))
HFOV_DEG = 35.0
"""The finest detail is then 5 pixels of the frame, as an optic has it, and 2.5."""
ROOM_DEG = 8.0
FRAMES = 12
PAN_DEG, TILT_DEG, ROLL_DEG = 0.37, 0.083, 0.05
"""Per frame: a slow pan that never meets the pixel grid in the same place twice."""
EDGE_PX = 4
DARKEST = 1e-4
WRAP_PX = 4
ASKED = {"mean": 0.0002, "p99": 0.0015}


def run() -> dict[str, Any]:
    """Return the residuals at two sizes, and the error of single frames beside them."""
    return {"asked": ASKED, **{f"{w}x{h}": _moved(w, h) for w, h in SIZES}}


def _moved(width: int, height: int) -> dict[str, Any]:
    focal = width / 2 / math.tan(math.radians(HFOV_DEG) / 2)
    pinhole = Pinhole(
        focal_x_px=focal, focal_y_px=focal, centre_x_px=width / 2, centre_y_px=height / 2
    )
    facing = from_pan_tilt_roll(150.0, 0.0)
    rays = frame_directions(pinhole, (0, 0, width, height))
    poses = [
        np.asarray(from_pan_tilt_roll(PAN_DEG * k, TILT_DEG * k, ROLL_DEG * k))
        for k in (n - FRAMES / 2 for n in range(FRAMES))
    ]
    window = _window(focal, height)
    canvas = _of_panorama(turn(facing, sphere_directions(**window)))
    canvas = np.concatenate([canvas, np.ones((*canvas.shape[:2], 1), np.float32)], axis=-1)
    del window["width_px"], window["height_px"]
    errors = []
    for pose in poses:
        seen = reproject.reproject_sphere(
            canvas, pose[None], **window, focal_px=(focal, focal),
            centre_px=(width / 2, height / 2), width_px=width, height_px=height,
        )  # fmt: skip
        assert (seen[..., 3] == 1).all(), "the move leaves the canvas"
        truth = _of_panorama(turn(np.asarray(facing) @ pose, rays))
        errors.append(_log(seen[..., :3]) - _log(truth))
    left = [
        _left(errors[n - 1], errors[n], poses[n - 1].T @ poses[n], rays, focal)
        for n in range(1, FRAMES)
    ]
    every, alone = np.concatenate(left), np.abs(np.stack(errors))
    return {
        "frames": FRAMES,
        "px_per_frame": round(PAN_DEG * focal * math.pi / 180, 2),
        "flicker": _said(every),
        "frame_against_truth": _said(alone),
    }


def _window(focal: float, high: int) -> dict[str, Any]:
    half = [math.radians(HFOV_DEG / 2 + ROOM_DEG)]
    half.append(math.radians(math.degrees(math.atan(high / 2 / focal)) + ROOM_DEG))
    width, height = (2 * math.ceil(h * focal) for h in half)
    return {
        "width_px": width, "height_px": height, "px_per_rad": focal,
        "longitude_left_rad": -width / 2 / focal, "latitude_top_rad": height / 2 / focal,
    }  # fmt: skip


def _of_panorama(directions: NDArray[np.float64]) -> Floats:
    rgb = material.panorama(PANORAMA)
    x, y = sphere_coordinates(
        directions, longitude_left_rad=-math.pi, latitude_top_rad=math.pi / 2,
        px_per_rad=rgb.shape[1] / (2 * math.pi),
    )  # fmt: skip
    packed = np.concatenate([rgb[:, -WRAP_PX:], rgb, rgb[:, :WRAP_PX]], axis=1)
    return reproject.sample(packed, x + WRAP_PX, y)


def _log(rgb: Floats) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.log10(
        np.maximum(rgb.mean(axis=-1, dtype=np.float64), DARKEST)
    )
    return found


def _left(
    before: NDArray[np.float64], after: NDArray[np.float64], before_from_after: Any,
    rays: Any, focal: float,
) -> NDArray[np.float64]:  # fmt: skip
    """Return how much the error changed, where both frames see the same thing."""
    seen = turn(before_from_after, rays)
    height, width = before.shape
    x = width / 2 + focal * seen[..., 0] / -seen[..., 2]
    y = height / 2 - focal * seen[..., 1] / -seen[..., 2]
    both = (np.abs(x - width / 2) < width / 2 - EDGE_PX) & (
        np.abs(y - height / 2) < height / 2 - EDGE_PX
    )
    moved = reproject.sample(before[..., None].astype(np.float32), x[both], y[both])[..., 0]
    change: NDArray[np.float64] = np.abs(after[both] - moved)
    return change


def _said(values: NDArray[np.float64]) -> dict[str, float]:
    return {
        "mean": round(float(values.mean()), 6),
        "p99": round(float(np.percentile(values, 99)), 6),
    }
