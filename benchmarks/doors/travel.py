"""
A camera that travels, against Blender's: cards, ground, sphere, three complete cards; cost.

Dots are found in both frames and told apart in pixels; three cards of the patch generator are
passed sideways. Nothing here was tuned on these scenes. Blender stays out, and is said to,
where it is not installed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))


def figures() -> dict[str, Any]:
    """Return how far our frames lie from Blender's, and what three depths cost over one."""
    import blender

    found: dict[str, Any] = {"cost": cost()}
    if blender.PROGRAM is None:
        return {**found, "blender": "not installed here"}
    with tempfile.TemporaryDirectory() as folder:
        return {**found, **truth(Path(folder))}


def truth(folder: Path) -> dict[str, Any]:
    """Return the figures of ``tests/journeys/test_camera_truth.py``, scene by scene."""
    import travelling as t

    moving = t.camera(
        [
            ((-0.4, 0.1, 0.0), (-3, 1, 0), 30.0),
            ((0.0, 0.0, 0.2), (0, 2, 1), 33.0),
            ((0.5, 0.1, 0.5), (4, 2, 2), 38.0),
        ]
    )
    smeared = t.camera(
        [
            ((-0.05, 0.0, 0.0), (-0.3, 0, 0), 34.0),
            ((0.0, 0.0, 0.0), (0, 0, 0), 35.0),
            ((0.05, 0.0, 0.0), (0.3, 0, 0), 36.0),
        ],
        shutter=0.5,
    )
    beside = t.camera(
        [((-0.6, 1.5, 0.2), (-4, 1, 0), 28.0), ((0.8, 1.8, -0.3), (5, -2, 3), 28.0)]
    )
    return {
        "card": asdict(t.card_apart(folder / "card", moving, [1, 2, 3], slant_deg=25)),
        "card_smeared": asdict(
            t.card_apart(folder / "smeared", smeared, [2], shutter=0.5, samples=64)
        ),
        "ground": asdict(t.ground_apart(folder / "ground")),
        "sphere": asdict(t.sphere_apart(folder / "sphere", beside, [1, 2], 4.0)),
        "three_cards": asdict(t.cards_passed(folder / "three", [1, 2, 3])),
    }


def cost(moments: int = 4) -> dict[str, float]:
    """Return seconds of a 2K frame, one thread: flat, and as three depths, best of three."""
    from seamline.fast import reproject
    from seamline.optics.parallax import Poses
    from seamline.optics.projection import Pinhole
    from seamline.optics.rotation import from_pan_tilt_roll
    from seamline.show.canvas import Canvas
    from seamline.steps.looked import Depth, Look

    chance = np.random.default_rng(1)
    sheets = []
    for alpha in (1.0, 0.7, 0.3):
        sheet = chance.random((1240, 2300, 4), np.float32)
        sheet[..., 3] = alpha
        sheets.append(sheet)
    canvas = Canvas(
        shot="cost", kind="sphere", width_px=2300, height_px=1240, px_per_rad=1400.0,
        longitude_left_rad=-0.82, latitude_top_rad=0.44,
    )  # fmt: skip
    pinhole = Pinhole(focal_x_px=1400, focal_y_px=1400, centre_x_px=1024, centre_y_px=540)
    studio: Any = SimpleNamespace(optics=reproject)
    look = Look(studio=studio, canvas=canvas, pinhole=pinhole, window=(0, 0, 2048, 1080))
    poses = Poses(
        rotations=np.stack([from_pan_tilt_roll(0.02 * k, 0, 0) for k in range(moments)]),
        spots_m=np.array([[0.01 * k, 0.0, 0.0] for k in range(moments)]),
        zooms=np.ones(moments),
    )
    depths = [
        Depth(rgba=rgba, distance_m=away)
        for rgba, away in zip(sheets, (None, 60.0, 12.0), strict=True)
    ]
    flat = _best(lambda: look.at(sheets[0], poses, None))
    deep = _best(lambda: look.through(depths, poses))
    return {
        "flat_s": round(flat, 3),
        "three_depths_s": round(deep, 3),
        "ratio": round(deep / flat, 2),
    }


def _best(work: Any) -> float:
    took = []
    for _ in range(4):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return min(took[1:])
