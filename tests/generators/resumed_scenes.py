"""Small scenes whose paintings have levels: a hole, whole pictures, cards with their sky."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable

import numpy as np

import ranges
from seamline.farm.levels import KeptLevels
from seamline.generators.patch import Patch
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


SCENES: dict[str, Callable[[], Scene]] = {"hole": hole, "whole": whole, "composed": composed}


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
