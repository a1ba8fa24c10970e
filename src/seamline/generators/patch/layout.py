"""
The layout: where the ranges of the references stand in the picture.

A matte painter's first decision. A layout is one to a few whole pieces of skyline,
side by side, each a shift of a sheet, joined where the profiles and the colours of
the slopes below agree, so that no peak floats and no sky enters rock. Layouts are drawn at
random and priced in ``drawn_layouts``; ``choice`` picks among the good ones, ``assembly``
puts the chosen one on the canvas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.resample import Floats
from seamline.generators.patch.sheets import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Columns ``left`` to ``right`` of the canvas show ``sheet`` shifted by (dx, dy)."""

    sheet: int
    left: int
    right: int
    dx: int
    """Canvas column plus ``dx`` is the sheet's column."""
    dy: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Pieces from left to right of sheets at ``scale``, perhaps mirrored; and what it costs."""

    scale: float
    mirrored: bool
    pieces: tuple[Piece, ...]
    cost: float
    missing: float
    """Share of what is needed that no piece covers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """
    What a layout must serve.

    Attributes:
        need: (H, W) what will be seen.
        horizon_row: Row of elevation 0 on the canvas.
        px_per_deg: Sampling of the canvas.
        mean_rows: Where the skyline's mean may lie, rows of the canvas.
        skyline_seen: Whether the skyline itself should be in the picture.
        own_sky: Whether the sheets' own skies are shown, so that a missing one costs.
        mirrored: Ways round that the light allows.
        drawn: (W,) float32 rows of the skyline somebody drew, NaN elsewhere; or None.
        feet: By index of its reference, the row of a sheet, as it is, that lies on
            ``foot_row``: what stands at the water is not lifted off it.
        painted: How many pixels are painted in all, water too; None: what is needed.
    """

    need: NDArray[np.bool_]
    horizon_row: float
    px_per_deg: float
    mean_rows: tuple[float, float]
    skyline_seen: bool
    own_sky: bool = True
    mirrored: tuple[bool, ...] = (False, True)
    drawn: Floats | None = None
    feet: Mapping[int, float] = field(default_factory=dict)
    foot_row: float | None = None
    painted: int | None = None


def can_be_laid_out(sheets: Sequence[Sheet], width: int) -> bool:
    """Whether some sheet shows a skyline over a useful stretch."""
    return any(int(s.trusted.sum()) >= min(200, width // 4) for s in sheets)
