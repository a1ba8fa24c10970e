"""
Neutral: gives back what it was given.

For tests and dry runs: on a ``frame`` canvas the comp must then be the plate,
value for value, from -0.5 to 65504.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from seamline.errors import InputError
from seamline.ports import PLATE, CanvasPicture, Painted, PaintedLayer, ReferencePicture
from seamline.show.delivery import Weights
from seamline.show.variation import Ask


class Neutral:
    """The backend that paints nothing: ``known``, bit for bit, everywhere."""

    name = "neutral"
    pixels = 1
    encoding = "ACEScg"
    needs_references = False
    weights: tuple[Weights, ...] = ()
    determinism = "The same Ask gives the same bits everywhere: nothing is computed."

    def paint(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
    ) -> Painted:
        """
        Return one layer ``env`` equal to ``known`` (H, W, 3), alpha 1, lineage the plate.

        Pixels that no plate covers come back as they stand in ``known``: 0.

        Raises:
            InputError: One layer of several is to be painted anew; there is but one.
        """
        if canvas.standing:
            raise InputError(
                "the neutral generator knows no layers: it gives the plate back whole",
                remedy="Paint one layer anew with the generator that painted it.",
            )
        height, width = canvas.keep.shape
        rows, columns = np.indices((height, width), dtype=np.int32)
        layer = PaintedLayer(
            name="env",
            colour=canvas.known.astype(np.float32, copy=True),
            alpha=np.ones((height, width), np.float32),
            source=np.full((height, width), PLATE, np.int32),
            source_x=columns,
            source_y=rows,
            offset=np.zeros((height, width, 3), np.float32),
        )
        progress(1.0)
        return Painted(
            layers=(layer,), notes=("Neutral: the plate as it is; nothing painted.",)
        )
