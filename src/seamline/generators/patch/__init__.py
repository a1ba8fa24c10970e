"""
Patch: paints environments out of the show's own approved pictures.

It works as a matte painter does. Where the references were cut into cards a picture is
composed of them. Else, first the layout: which range stands where, cut out
of the references in whole pieces of skyline. Then the synthesis fills, coarse to fine,
what the references lack, from patches of the same kind (sky from sky, land from land).
Last the composite: one source pixel each, with a smooth correction that hides the
seams. A hole in one surface is laid with whole pieces that go on where the plate ends, and
a panorama's sky is set whole.

It re-composes what the show approved; it does not invent. Everything that decides
pixels is written out in IEEE arithmetic: the same ask gives the same bits on any
x86-64, with any number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING

from seamline.pixels.picture import Image
from seamline.ports import NOT_KEPT, CanvasPicture, Levels, Painted, ReferencePicture
from seamline.show.delivery import Weights
from seamline.show.variation import Ask

if TYPE_CHECKING:
    from seamline.generators.patch.painter import Painter

__all__ = ["Patch"]


class Patch:
    """
    Layers composed of cards; whole pieces where the plate goes on; whole pictures else.

    What it says of itself is known at once; what paints is loaded when it first paints.
    """

    name = "patch"
    pixels = 15
    encoding = "ACEScct"
    needs_references = True
    weights: tuple[Weights, ...] = ()
    determinism = (
        "The same Ask gives the same bits with any number of threads, after a restart, and on "
        "any x86-64 processor with AVX2."
    )

    def __init__(self) -> None:
        self._found: Painter | None = None
        self._lock = Lock()

    def make_ready(self) -> None:
        """Load compiled code, by sketching some cards of no account."""
        self._painter().make_ready()

    def paint(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
    ) -> Painted:
        """Paint ``canvas`` out of ``references``; see ``go_on``."""
        return self.go_on(ask, canvas, references, progress, NOT_KEPT)

    def go_on(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
        levels: Levels,
    ) -> Painted:
        """
        Paint ``canvas`` out of ``references``, from the last of ``levels`` that is kept.

        Returns:
            Where the look has approved cards and nothing continues the plate: a layer
            for each (``sky``, ``far`` ...). Else ``env`` (the plate where kept, painted
            elsewhere) and, where the canvas has a margin, ``margin``: the live side of
            the border painted too, never copied from the plate.

        Raises:
            InputError: There is no reference, or nothing in them may be copied.
            GeneratorError: The canvas is larger than can be painted in one piece.
        """
        return self._painter().go_on(ask, canvas, references, progress, levels)

    def sketch(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        reduce: int,
        *,
        first: bool = False,
    ) -> Image | None:
        """
        Return (H // ``reduce``, W // ``reduce``, 3) roughly what ``paint`` will give.

        A hole in the plate is shown as painting begins it: the same pieces, cut coarser; or,
        four times sooner, as they are ``first`` chosen, before cuts that show are mended and
        pieces that fill too much give way. What else is painted has nothing sooner: None.
        """
        return self._painter().sketch(ask, canvas, references, reduce, first=first)

    def _painter(self) -> Painter:
        with self._lock:
            if self._found is None:
                from seamline.generators.patch.painter import Painter

                self._found = Painter()
            return self._found
