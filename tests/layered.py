"""A small generator that paints as a matte painter does: layers with soft edges, by rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.ports import (
    NOTHING,
    PLATE,
    CanvasPicture,
    Painted,
    PaintedLayer,
    ReferencePicture,
)
from seamline.show.frames import FrameRange
from seamline.show.seam import Seam
from seamline.show.variation import Ask, Variation
from seamline.steps import book
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.main_job import painted
from synth import Pose, Rig
from tiny import TinyShow, frame_of, grey_and_noise, lower_half

STEP = 0.03125
RIG = Rig(64, 36, 35.0, 24.89)
TWO = FrameRange(first=1001, last=1002)
FAR_M, NEAR_M = 8000.0, 900.0


class Layered:
    """
    Sky, a far range and mist before it, each copied from the references, seed by seed.

    The sky is opaque everywhere. The range is solid below a line that swings with the
    azimuth and lets light through over 4 px above it. The mist is .25 in the lower
    third. Where the plate is kept it stands before all of them, as a layer ``plate``.
    """

    name = "layered"
    pixels = 1
    encoding = "ACEScct"
    needs_references = True

    def paint(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
    ) -> Painted:
        layers = self.layers(ask.seed, canvas, references)
        anew = dict(ask.settings).get("layer")
        if anew:
            fresh = {layer.name: layer for layer in layers}
            layers = [fresh[la.name] if la.name == anew else la for la in canvas.standing]
        progress(1.0)
        return self.spoilt(Painted(layers=tuple(layers)))

    def spoilt(self, painted: Painted) -> Painted:
        """What a worse backend would hand over; this one does not."""
        return painted

    def layers(
        self, seed: int, canvas: CanvasPicture, references: Sequence[ReferencePicture]
    ) -> list[PaintedLayer]:
        shape = canvas.keep.shape
        ones = np.ones(shape, np.float32)
        sky = copied("sky", references, 0, ones, shift=3 * seed, darker=STEP)
        far = copied("far", references, len(references) - 1, edge(canvas), shift=11 * seed)
        low = np.arange(shape[0])[:, None] >= 2 * shape[0] // 3
        mist = copied("mist", references, 0, np.where(low, ones / 4, 0 * ones), shift=7 * seed)
        layers = [
            replace(sky, motion_deg_s=0.25),
            replace(far, distance_m=FAR_M),
            replace(mist, distance_m=NEAR_M),
        ]
        if (canvas.keep == 1).any():
            layers.append(kept(canvas))
        if canvas.margin.any():
            band = canvas.margin.astype(np.float32)
            layers.append(copied("margin", references, 0, band, shift=5 * seed))
        return layers


def edge(canvas: CanvasPicture) -> NDArray[np.float32]:
    """(H, W): 1 below the range's line, 0 above, over 4 px."""
    height, width = canvas.keep.shape
    line = height / 2 + (np.arange(width) % 16) / 4.0
    rows = np.arange(height)[:, None]
    return np.clip((rows - line[None, :]) / 4 + 0.5, 0, 1).astype(np.float32)


def copied(
    name: str,
    references: Sequence[ReferencePicture],
    which: int,
    alpha: NDArray[np.float32],
    *,
    shift: int,
    darker: float = 0.0,
) -> PaintedLayer:
    """A layer copied column by column from view ``which``, ``shift`` px along; ``darker``."""
    rows, columns = np.indices(alpha.shape, dtype=np.int32)
    height, width = references[which].usable.shape
    y, x = rows % height, (columns + shift) % width
    offset = np.full((*alpha.shape, 3), -darker, np.float32)
    return PaintedLayer(
        name=name,
        colour=references[which].colour[y, x] + offset,
        alpha=alpha.astype(np.float32),
        source=np.where(alpha > 0, which, NOTHING).astype(np.int32),
        source_x=x.astype(np.int32),
        source_y=y.astype(np.int32),
        offset=offset,
    )


def kept(canvas: CanvasPicture) -> PaintedLayer:
    """The plate's own pixels, before everything."""
    rows, columns = np.indices(canvas.keep.shape, dtype=np.int32)
    own = canvas.keep == 1
    return PaintedLayer(
        name="plate",
        colour=canvas.known.copy(),
        alpha=own.astype(np.float32),
        source=np.where(own, PLATE, NOTHING).astype(np.int32),
        source_x=columns,
        source_y=rows,
        offset=np.zeros((*own.shape, 3), np.float32),
    )


# -- a tiny show that is painted so ---------------------------------------------------


def employing(show: TinyShow, generator: object) -> None:
    show.studio = replace(show.studio, generator=lambda name: generator)


def two_references(show: TinyShow) -> None:
    for name, seed in (("sky.exr", 5), ("range.exr", 6)):
        pixels = np.random.default_rng(seed).uniform(0.1, 0.9, (150, 240, 3))
        show.reference(name, pixels.astype(np.float32), hfov_deg=50.0, owner=name[:-4])


def panned(show: TinyShow, *, shutter_deg: float = 0.0, name: str = "042") -> None:
    """Two frames of a pan; below the middle is live."""
    pattern = show.plate(name, TWO, lambda n: frame_of(grey_and_noise(n, 36, 64)))
    track = show.track(
        name, RIG, [Pose(pan_deg=0.0), Pose(pan_deg=3.0)], shutter_deg=shutter_deg
    )
    add_shot(show.studio, name, plate=pattern, track=track, frames=TWO)
    matte = show.matte(name, TWO, lambda n: lower_half(36, 64))
    set_seam(show.studio, Seam(shot=name, version=1, matte=matte))


def paint(show: TinyShow, name: str = "042", **said: Any) -> dict[str, Any]:
    words = {"variations": 1, "seed": 1, "generator": "layered", **said}
    document: dict[str, Any] = painted(show.studio, name, **words)["variations"][0]
    return document


def only(show: TinyShow, name: str = "042") -> Variation:
    """The one variation of a shot."""
    (variation,) = book.variations(show.studio.ledger, name)
    return variation
