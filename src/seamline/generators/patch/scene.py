"""What is to be completed, and in what manner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.resample import (
    Bytes,
    Floats,
)

NOWHERE = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """
    What is to be completed, at full size.

    Attributes:
        colour: (H, W, 3) known colours; anything where unknown.
        known: (H, W) 1 where ``colour`` counts.
        unknown: (H, W) 1 where it is to be filled.
        allowed: (H, W) bit set of labels.
        guide: (H, W), or (H, W, G) for several.
        sheet, row, column: (H, W) int32 match laid out beforehand; sheet ``NOWHERE`` if none.
    """

    colour: Floats
    known: Bytes
    unknown: Bytes
    allowed: Bytes
    guide: Floats
    sheet: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """
    How matches are chosen.

    Attributes:
        shift: Most that a match may be lifted or lowered in each channel, log encoding.
        shown: How often each pixel of a sheet counts as used because the picture
            shows it already.
        whole: Price of a break: what must be gained where two pieces meet.
        tied: The unknown continues what surrounds it: it starts from its rim's colours.
        pinned: Matches laid out where the picture is known stay as they are.
        from_rim: What is unknown starts from what is known, ring by ring; else anywhere.
    """

    shift: float = 0.0
    shown: tuple[float, ...] = ()
    tied: bool = False
    whole: float = 0.0
    pinned: bool = False
    from_rim: bool = True


LAID_OUT = Manner()
