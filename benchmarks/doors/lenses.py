"""
Lenses against OpenCV and Blender: 200 drawn at random from a fixed seed, at 1920 x 1080.

Nothing was tuned on them: 18 to 100 mm on Super 35, barrel and pincushion up to what such
lenses have (12 % at the corner of the widest), two thirds of them decentred, a third with
OpenCV's rational terms. Fits are held to points that they were not made from.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from seamline.fast.reproject import reproject_sphere
from seamline.optics.distortion import distorted, to_openlensio, undistorted
from seamline.optics.lens_fit import turned_round
from seamline.optics.lens_map import PixelMap, from_st, maps_of, to_st
from seamline.optics.projection import Projection
from seamline.show.camera import Distortion, Lens

SEED, LENSES = 20261126, 200
FRAME = (0, 0, 1920, 1080)
SENSOR_MM = (24.89, 14.0)
ROOT = Path(__file__).resolve().parents[2]


def figures() -> dict[str, Any]:
    """Return every figure, pixels of HD; ``blender`` is None where Blender is not installed."""
    lenses = [drawn(np.random.default_rng((SEED, n))) for n in range(LENSES)]
    return {
        "opencv": _against_opencv(lenses),
        "openlensio_px": _percentiles([_openlensio_px(lens) for lens in lenses]),
        "with_p_over_f2_px": _percentiles(
            [_openlensio_px(lens, wrong=True) for lens in lenses]
        ),
        "turned_round_px": _percentiles([_turned_round_px(lens) for lens in lenses]),
        "st_maps": _maps(lenses[:6]),
        "seconds": _seconds(lenses[0]),
        "blender": _blender(),
    }


def drawn(rng: np.random.Generator) -> Lens:
    """Return a lens; what it does at the corner is drawn, not its terms."""
    focal = float(np.exp(rng.uniform(np.log(18), np.log(100))))
    corner2 = (SENSOR_MM[0] ** 2 + SENSOR_MM[1] ** 2) / 4 / focal**2
    most = 0.12 * min(1.0, 18 / focal)
    k1 = float(rng.uniform(-most, most) / corner2)
    k2 = float(rng.uniform(-most, most) / 4 / corner2**2)
    radial: tuple[float, ...] = (k1, k2)
    if rng.random() < 1 / 3:
        k4 = float(rng.uniform(-most, most) / 2 / corner2)
        radial = (k1 + k4, k2, 0.0, k4)
    shift = (rng.uniform(-1, 1, 2) * 1e-3).tolist() if rng.random() < 2 / 3 else ()
    return Lens(
        focal_length_mm=focal, sensor_width_mm=SENSOR_MM[0], sensor_height_mm=SENSOR_MM[1],
        centre_x_mm=float(rng.uniform(-0.1, 0.1)), centre_y_mm=float(rng.uniform(-0.1, 0.1)),
        distortion=Distortion(radial=radial, tangential=tuple(shift)),
    )  # fmt: skip


def _focal_px(lens: Lens) -> float:
    return lens.focal_length_mm / lens.sensor_width_mm * FRAME[2]


def _spots(lens: Lens) -> np.ndarray:
    half = np.array(SENSOR_MM) / 2 / lens.focal_length_mm
    return np.random.default_rng(SEED).uniform(-1, 1, (4000, 2)) * half


def _coefficients(terms: Distortion) -> np.ndarray:
    k = [*terms.radial, *[0.0] * (6 - len(terms.radial))]
    return np.array([k[0], k[1], *(terms.tangential or (0.0, 0.0)), *k[2:]])


def _by_opencv(lens: Lens, at: np.ndarray) -> np.ndarray:
    points = np.column_stack([at, np.ones(len(at))])
    found, _ = cv2.projectPoints(
        points, np.zeros(3), np.zeros(3), np.eye(3), _coefficients(lens.distortion)
    )
    return found[:, 0]


def _against_opencv(lenses: list[Lens]) -> dict[str, Any]:
    there, back, again, undefined = [], [], [], 0
    many = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 500, 1e-14)
    for lens in lenses:
        at, scale = _spots(lens), _focal_px(lens)
        theirs = _by_opencv(lens, at)
        ours = np.stack(distorted(lens.distortion, *at.T), 1)
        undefined += int(np.isnan(ours[:, 0]).sum())
        there.append(np.nanmax(np.abs(ours - theirs)) * scale)
        inverse = np.stack(undistorted(lens.distortion, *theirs.T), 1)
        cv = cv2.undistortPoints(
            theirs[:, None], np.eye(3), _coefficients(lens.distortion), R=np.eye(3),
            P=np.eye(3), criteria=many,
        )[:, 0]  # fmt: skip
        back.append(np.nanmax(np.abs(inverse - cv)) * scale)
        again.append(np.nanmax(np.abs(inverse - at)) * scale)
    return {
        "distorted_px": max(there), "undistorted_px": _percentiles(back),
        "there_and_back_px": max(again), "beyond_a_fold": undefined,
    }  # fmt: skip


def _openlensio_px(lens: Lens, *, wrong: bool = False) -> float:
    """How far the written terms, by OpenLensIO's own formula, are from OpenCV's picture."""
    at = _spots(lens)
    radial, tangential = to_openlensio(lens.distortion, lens.focal_length_mm)
    k, q = [*radial, *[0.0] * (6 - len(radial))], np.array(tangential or (0.0, 0.0))
    if wrong:
        q = q / lens.focal_length_mm
    x, y = (at * lens.focal_length_mm).T
    s = x * x + y * y
    stretch = (1 + k[0] * s + k[2] * s**2 + k[4] * s**3) / (
        1 + k[1] * s + k[3] * s**2 + k[5] * s**3
    )
    to = np.column_stack([
        x * stretch + 2 * q[0] * x * y + q[1] * (s + 2 * x * x),
        y * stretch + q[0] * (s + 2 * y * y) + 2 * q[1] * x * y,
    ])  # fmt: skip
    off = to / lens.focal_length_mm - _by_opencv(lens, at)
    return float(np.abs(off).max() * _focal_px(lens))


def _turned_round_px(lens: Lens) -> float:
    """How far the fitted terms, the other way, are from the lens, between the fit's points."""
    half = tuple(v / 2 / lens.focal_length_mm for v in SENSOR_MM)
    native, _ = turned_round(lens.distortion, half)
    at = _spots(lens)
    ours = np.stack(undistorted(native, *at.T), 1)
    true = np.stack(undistorted(lens.distortion, *at.T), 1)
    return float(np.hypot(*(ours - true).T).max() * _focal_px(lens))


def _maps(lenses: list[Lens]) -> dict[str, Any]:
    bilinear, made = [], []
    around = (-160, -90, 2240, 1260)
    columns, rows = np.meshgrid(np.arange(1920) + 0.5, np.arange(1080) + 0.5)
    for lens in lenses:
        maps = maps_of(Projection.of(lens, FRAME), FRAME, around)
        stored = [_as_stored(m, s) for m, s in zip(maps, (FRAME, around), strict=True)]
        x, y = stored[1].at[..., 0] - around[0] - 0.5, stored[1].at[..., 1] - around[1] - 0.5
        found = _bilinear(stored[0].at, x, y)
        off = np.hypot(found[..., 0] - columns, found[..., 1] - rows)
        bilinear.append(float(np.nanmax(off)))
        inverse = stored[0].turned_round(FRAME)
        off = np.hypot(*(inverse.at - maps[1].at).transpose(2, 0, 1))
        made.append(float(np.nanmax(off)))
    return {"there_and_back_bilinear_px": max(bilinear), "made_from_the_other_px": max(made)}


def _bilinear(at: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    # Not cv2.remap: it knows 32 places between two pixels.
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    s, t = (x - column)[..., None], (y - row)[..., None]
    upper = at[row, column] * (1 - s) + at[row, column + 1] * s
    lower = at[row + 1, column] * (1 - s) + at[row + 1, column + 1] * s
    return upper * (1 - t) + lower * t


def _as_stored(pixels: PixelMap, source: tuple[int, int, int, int]) -> PixelMap:
    red, green = (v.astype(np.float32).astype(float) for v in to_st(pixels, source))
    return from_st(red, green, pixels.window, source)


def _seconds(lens: Lens) -> dict[str, float]:
    view = Projection.of(lens, FRAME)
    began = time.perf_counter()
    rays = view.rays(FRAME)
    first = time.perf_counter() - began
    canvas = np.random.default_rng(SEED).random((1200, 2000, 4), np.float32)
    said: dict[str, Any] = {
        "longitude_left_rad": -0.6, "latitude_top_rad": 0.36, "px_per_rad": 1666.0,
        "focal_px": (view.focal_x_px, view.focal_y_px), "centre_px": (960.0, 540.0),
        "width_px": 1920, "height_px": 1080,
    }  # fmt: skip
    took = {}
    for name, more in (("pinhole", {}), ("bent", {"rays": rays})):
        runs = []
        for _ in range(4):
            began = time.perf_counter()
            reproject_sphere(canvas, np.eye(3)[None], **said, **more)
            runs.append(time.perf_counter() - began)
        took[name] = min(runs[1:])
    return {
        "rays_of_a_lens": round(first, 3),
        "bent_over_pinhole": took["bent"] / took["pinhole"],
    }


def _blender() -> dict[str, Any] | None:
    for folder in ("tests", "tests/journeys"):
        sys.path.insert(0, str(ROOT / folder))
    import test_lens_truth as truth

    from blender import PROGRAM
    from synth import Pose

    if PROGRAM is None:
        return None
    lens, fit_px = truth.bent_lens()
    wide = [truth.lens_of(f, squeeze=2.0) for f in (49.0, 50.0, 51.0)]
    poses = [Pose(pan_deg=1.2 * n, tilt_deg=0.6 * n) for n in range(3)]
    found: dict[str, Any] = {"fit_px": fit_px}
    with tempfile.TemporaryDirectory() as folder:
        for name, track, said in (
            ("bent", truth.track_of(poses[2:], [lens]), {"polynomial": truth.BARREL}),
            (
                "bent_pan",
                truth.track_of(poses, [lens] * 3, 0.5),
                {"polynomial": truth.BARREL, "shutter": 0.5, "samples": 48},
            ),
            ("anamorphic_zoom", truth.track_of(poses, wide), {"aspect": 2.0}),
            (
                "anamorphic_pan",
                truth.track_of(poses, wide, 0.5),
                {"aspect": 2.0, "shutter": 0.5, "samples": 48},
            ),
        ):
            off = truth.apart_px(Path(folder) / name, track, **said)
            found[name] = {"dots": len(off), **_percentiles(off.tolist())}
    return found


def _percentiles(values: list[float]) -> dict[str, float]:
    return {
        "median": float(f"{np.median(values):.3g}"),
        "p95": float(f"{np.percentile(values, 95):.3g}"),
        "max": float(f"{max(values):.3g}"),
    }
