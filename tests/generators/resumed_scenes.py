"""
Small scenes whose paintings have levels: a hole, whole pictures, cards with their sky, and the
locked sun's sky carried on by patches, alone and behind a range.
"""

from __future__ import annotations

import hashlib
import math
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import test_lit_skies as lit
from numpy.typing import NDArray

import ranges
from seamline.farm.levels import KeptLevels
from seamline.generators.patch import Patch
from seamline.optics.canvas_pixels import frame_guides
from seamline.optics.projection import Pinhole
from seamline.optics.rotation import from_pan_tilt_roll
from seamline.ports import CanvasPicture, Levels, Painted, ReferencePicture

Scene = tuple[CanvasPicture, list[ReferencePicture], int]
"""Canvas, references, seed."""


def hole() -> Scene:
    """A round hole in a plate that has two levels, and a margin around it."""
    held = ranges.round_hole(128, 160, 20)
    room = ranges.canvas(held, height=128, width=160, margin_px=4)
    return room, [ranges.reference("noon", height=128, width=220, seed=1)], 1


def whole() -> Scene:
    """A frame without a plate, and one reference that is less high."""
    room = ranges.canvas(height=160, width=220)
    return room, [ranges.reference("noon", height=120, width=300, seed=1)], 2


def composed() -> Scene:
    """A range before a sky, of cards."""
    room = ranges.canvas(height=160, width=320, need=ranges.meadow_line(160, 320))
    return room, ranges.cards(), 1


def cloudy(depth: float, high_deg: int) -> NDArray[np.float32]:
    """
    A haze around a sun, in clouds 4 degrees wide, with a wood before it.

    Args:
        depth: How much darker the darkest cloud is; no tone tells such a sky.
        high_deg: Height of the wood, 32 degrees wide below the sun: nearer sky is out of reach.
    """
    clear = lit.hazy()
    sun = clear.max(axis=-1) > 50
    cloud = np.kron(ranges.speckle(45, 90, 7).astype(np.float64), np.ones((8, 8)))
    rgb = clear * np.where(sun, 1, 1 - depth + depth * cloud)[..., None]
    rows, columns = np.indices(sun.shape)
    wood = (rows >= 180 - 2 * high_deg) & (rows < 184) & (columns >= 567) & (columns < 632)
    rgb[wood & ~sun] = (0.02, 0.03, 0.01)
    return np.round(rgb, 3).astype(np.float32)


def dome() -> Scene:
    """A cloudy sky alone, its sun where the lock says, a wood out of it."""
    room = lit.low()
    return room, lit.views(room, cloudy(0.7, 18)), 1


def behind() -> Scene:
    """The same behind a range of cards."""
    room, cards, seed = composed()
    lens = Pinhole(focal_x_px=400.0, focal_y_px=400.0, centre_x_px=160, centre_y_px=80)
    elevation, azimuth = frame_guides(lens, (0, 0, 320, 160), from_pan_tilt_roll(0.0, 6.0))
    room = replace(
        room, elevation_deg=elevation, azimuth_deg=azimuth, px_per_deg=400 * math.pi / 180,
        key_deg=(184.0, 15.0),
    )  # fmt: skip
    return room, [*cards, *lit.views(room, cloudy(0.35, 13))], seed


SCENES: dict[str, Callable[[], Scene]] = {
    "hole": hole,
    "whole": whole,
    "composed": composed,
    "dome": dome,
    "behind": behind,
}


def painted(name: str, levels: Levels, progress: Callable[[float], None]) -> str:
    """Return the digest of the painting of a scene."""
    room, references, seed = SCENES[name]()
    return digest(Patch().go_on(ranges.ask(seed), room, references, progress, levels))


def digest(made: Painted) -> str:
    """Return the SHA-256 over all layers' planes."""
    found = hashlib.sha256()
    for layer in made.layers:
        for plane in (
            layer.colour, layer.alpha, layer.source, layer.source_x, layer.source_y,
            layer.offset,
        ):  # fmt: skip
            found.update(np.ascontiguousarray(plane).tobytes())
    return found.hexdigest()


class Told(KeptLevels):
    """Levels in files that say so on stdout, once they lie there."""

    def keep(self, stage: str, planes: object) -> None:
        super().keep(stage, planes)  # type: ignore[arg-type]
        print("kept", stage, flush=True)


if __name__ == "__main__":
    scene, folder = sys.argv[1:]
    print("at work", flush=True)
    print(painted(scene, Told(folder, scene, every_s=0), lambda share: None), flush=True)
