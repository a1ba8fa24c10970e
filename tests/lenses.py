"""
Plates through real lenses, made for tests: OpenCV projects, nothing of ``seamline`` does.

Dots of light stand on a grid of directions; every frame shows each where OpenCV's own
``projectPoints`` puts it, so a dot's middle is known to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from synth import Pose, Rig

SIGMA_PX = 1.6
GROUND, LIGHT = 0.18, 0.5


@dataclass(frozen=True)
class Glass:
    """A lens by OpenCV's coefficients (k1 k2 p1 p2 k3 ...), off its axis, squeezing."""

    coefficients: tuple[float, ...]
    centre_px: tuple[float, float] = (0.0, 0.0)
    squeeze: float = 1.0

    def matrix(self, rig: Rig) -> np.ndarray:
        """OpenCV's camera matrix; its pixel centres lie at whole numbers."""
        across = rig.focal_px / self.squeeze
        return np.array([
            [across, 0, rig.width_px / 2 + self.centre_px[0] - 0.5],
            [0, rig.focal_px, rig.height_px / 2 + self.centre_px[1] - 0.5],
            [0, 0, 1],
        ])  # fmt: skip


def seen_through(glass: Glass, rig: Rig, pose: Pose, world: np.ndarray) -> np.ndarray:
    """(N, 2) display pixels of (N, 3) world directions; NaN behind the camera."""
    camera = world @ pose.axes()
    points = np.stack([camera[:, 0], -camera[:, 1], -camera[:, 2]], axis=1)
    ahead = points[:, 2] > 0.2
    found = np.full((len(world), 2), np.nan)
    at, _ = cv2.projectPoints(
        points[ahead] / points[ahead, 2:], np.zeros(3), np.zeros(3), glass.matrix(rig),
        np.array(glass.coefficients),
    )  # fmt: skip
    found[ahead] = at[:, 0] + 0.5
    return found


def dots(
    pan_deg: tuple[float, float], tilt_deg: tuple[float, float], step: float
) -> np.ndarray:
    """(N, 3) world directions on a grid of pan and tilt."""
    found = [
        -Pose(pan_deg=float(p), tilt_deg=float(t)).axes()[:, 2]
        for t in np.arange(*tilt_deg, step)
        for p in np.arange(*pan_deg, step)
    ]
    return np.array(found)


def frame_with(at: np.ndarray, rig: Rig) -> np.ndarray:
    """(H, W, 3) a frame with a Gaussian of light at each (N, 2) pixel."""
    light = np.full((rig.height_px, rig.width_px), GROUND)
    rows, columns = np.mgrid[: rig.height_px, : rig.width_px] + 0.5
    for x, y in at:
        if np.isfinite(x) and -9 < x < rig.width_px + 9 and -9 < y < rig.height_px + 9:
            far = (columns - x) ** 2 + (rows - y) ** 2
            light += LIGHT * np.exp(-far / (2 * SIGMA_PX**2))
    return np.repeat(light[..., None], 3, axis=-1).astype(np.float32)


def middles(picture: np.ndarray, at: np.ndarray, *, reach: int = 6) -> np.ndarray:
    """(N, 2) centroids of the dots near (N, 2) pixels, display pixels; NaN at the rim."""
    light = picture[..., 1].astype(float) - GROUND
    height, width = light.shape
    found = np.full((len(at), 2), np.nan)
    for place, (x, y) in enumerate(at):
        if not np.isfinite(x):
            continue
        column, row = int(x), int(y)
        left, top = column - reach, row - reach
        if left < 0 or top < 0 or left + 2 * reach >= width or top + 2 * reach >= height:
            continue
        part = light[top : top + 2 * reach + 1, left : left + 2 * reach + 1]
        spots = np.arange(2 * reach + 1) + 0.5
        whole = part.sum()
        found[place] = (
            left + (part.sum(axis=0) * spots).sum() / whole,
            top + (part.sum(axis=1) * spots).sum() / whole,
        )
    return found


def opencv_yaml(glass: Glass, rig: Rig) -> str:
    """A calibration as OpenCV's FileStorage writes it."""

    def block(name: str, rows: int, columns: int, numbers: Any) -> str:
        data = ", ".join(repr(float(v)) for v in np.ravel(numbers))
        return (
            f"{name}: !!opencv-matrix\n   rows: {rows}\n   cols: {columns}\n   dt: d\n"
            f"   data: [ {data} ]\n"
        )

    return (
        f"%YAML:1.0\n---\nimage_width: {rig.width_px}\nimage_height: {rig.height_px}\n"
        + block("camera_matrix", 3, 3, glass.matrix(rig))
        + block("distortion_coefficients", 1, len(glass.coefficients), glass.coefficients)
    )
