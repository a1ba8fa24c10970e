"""
Being ready: compiled code is loaded with a small picture that nobody sees.

Loading takes a second of a core that has little else to do while a canvas is laid out and
references are read. The picture is of made-up cards, a sky over a range with trees before it;
what it shows decides nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.composed import settle, sketch_of
from seamline.generators.patch.prepared import Prepared
from seamline.ports import CanvasPicture, CardView, ReferencePicture

HEIGHT, WIDTH = 96, 192
CARD_HEIGHT, CARD_WIDTH = 96, 400
LOOK = "made up"
PX_PER_DEG = 4.0


def warm_up() -> None:
    """Load what a first sketch of cards runs, by sketching some of no account."""
    prepared = Prepared(_canvas(), _cards())
    settled = settle(prepared, LOOK, index=0, seed=1)
    if settled is not None:
        sketch_of(prepared, settled, 4)


def _canvas() -> CanvasPicture:
    rows, columns = np.indices((HEIGHT, WIDTH), np.float32)
    none = np.zeros((HEIGHT, WIDTH), np.bool_)
    return CanvasPicture(
        known=np.zeros((HEIGHT, WIDTH, 3), np.float32),
        keep=none.astype(np.float32),
        need=~none,
        margin=none,
        elevation_deg=(HEIGHT / 2 - rows) / np.float32(PX_PER_DEG),
        azimuth_deg=(columns - WIDTH / 2) / np.float32(PX_PER_DEG),
        px_per_deg=PX_PER_DEG,
    )


def _cards() -> list[ReferencePicture]:
    rows, columns = np.indices((CARD_HEIGHT, CARD_WIDTH))
    line = CARD_HEIGHT // 2 - np.abs(columns % 160 - 80) // 4
    slope = CARD_HEIGHT // 2 + columns // 6
    masks = {
        "sky": rows < line + 20,
        "far": rows >= line,
        "near": rows >= line + 12,
        "forest": rows >= slope,
    }
    texture = (columns * 7 + rows * 13) % 11
    shade = {"sky": 0.5, "far": 0.4, "near": 0.35, "forest": 0.25}
    return [_card(label, mask, shade[label], texture) for label, mask in masks.items()]


def _card(
    label: str, mask: NDArray[np.bool_], shade: float, texture: NDArray[Any]
) -> ReferencePicture:
    at = np.indices(mask.shape, np.float32)
    light = np.float32(shade) + texture.astype(np.float32) * np.float32(0.004)
    return ReferencePicture(
        id=LOOK,
        look=LOOK,
        colour=np.repeat(light[..., None], 3, axis=-1),
        usable=mask,
        elevation_deg=None,
        master_x=at[1],
        master_y=at[0],
        card=CardView(
            id=label,
            label=label,
            alpha=mask.astype(np.float32),
            hidden=np.zeros(mask.shape, np.bool_),
            base_row=0.6 * CARD_HEIGHT,
            columns=(0, mask.shape[1]),
            mirror=True,
            distance_m=None,
        ),
    )
