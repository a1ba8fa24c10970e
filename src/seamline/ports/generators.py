"""What paints, and what cuts cards: what every backend does, and what some can besides."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from seamline.pixels.cards import CardPixels, CutLayer, Drawing, Master
from seamline.pixels.picture import Image
from seamline.ports.painting import CanvasPicture, Painted, ReferencePicture
from seamline.show.delivery import Weights
from seamline.show.variation import Ask


class Generator(Protocol):
    """A backend that paints a canvas. Register it as a ``seamline.generators`` entry point."""

    name: str
    pixels: int
    """Raised only when golden digests change."""
    encoding: str
    """The colour space it works in, by the show's config: ``ACEScct``, ``ACEScg`` ..."""
    needs_references: bool

    def paint(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
    ) -> Painted:
        """
        Paint the canvas where ``keep`` is 0.

        The same ask, canvas and references give the same bits, with any number of
        threads. Layers come back to front; where ``keep`` is 1, the frontmost that is
        seen is opaque and ``known`` bit for bit. Only usable reference pixels are
        copied; the lineage of every painted pixel is returned, and gives its colour.

        Args:
            ask: The request; its seed decides among pictures.
            canvas: What is known, what is to be painted, and the guides.
            references: Approved pictures in ``encoding``.
            progress: Called with the share done, 0 to 1.

        Raises:
            GeneratorError: It cannot deliver what was asked; the sentence says why.
        """
        ...


class Levels(Protocol):
    """
    What a painting has finished of itself, by stage; kept until the painting stands.

    One that was killed goes on from there, and comes to the same bits.
    """

    every_s: float
    """Seconds that lie between two that are kept."""

    def begins(self, stage: str, level: int, of: int) -> None:
        """Say which level of ``stage`` is begun, 1 to ``of``."""
        ...

    def found(self, stage: str) -> Mapping[str, NDArray[Any]]:
        """Return the planes that were kept last under ``stage``; none where there are none."""
        ...

    def keep(self, stage: str, planes: Mapping[str, NDArray[Any]]) -> None:
        """Keep ``planes`` under ``stage``, in the place of what was kept there."""
        ...

    def done(self) -> None:
        """Let go of what was kept: the painting stands."""
        ...


class NotKept:
    """Levels of which none is kept."""

    every_s = math.inf

    def begins(self, stage: str, level: int, of: int) -> None:
        """Tell nobody."""

    def found(self, stage: str) -> Mapping[str, NDArray[Any]]:
        """Return nothing."""
        return {}

    def keep(self, stage: str, planes: Mapping[str, NDArray[Any]]) -> None:
        """Keep nothing."""

    def done(self) -> None:
        """There is nothing to let go of."""


NOT_KEPT = NotKept()


class Resumer(Protocol):
    """What a generator may be besides: one that goes on where it was interrupted."""

    def go_on(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
        levels: Levels,
    ) -> Painted:
        """Paint as ``paint`` does, from the last of ``levels``; the bits are the same."""
        ...


class Sketcher(Protocol):
    """What a generator may be besides: one that shows roughly, and soon, what it will paint."""

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
        Return (H // ``reduce``, W // ``reduce``, 3) float32 in the generator's encoding.

        What stands where is what ``paint`` will put there, seed by seed.
        None where only painting can tell.

        Args:
            ask: What will be painted.
            canvas: What it will be painted on.
            references: What it will be painted from.
            reduce: How many times smaller than the canvas.
            first: Rather what is had much sooner, if something is, though painting will still
                change it; else None.
        """
        ...


class Readied(Protocol):
    """What a generator may be besides: one that can be made ready before it is asked."""

    def make_ready(self) -> None:
        """Load what a first painting runs; takes seconds, and no pixel depends on it."""
        ...


class Declared(Protocol):
    """What a generator may be besides: one that says what a delivery's record asks of it."""

    weights: tuple[Weights, ...]
    """The trained weights it uses; empty where it uses none."""
    determinism: str
    """A sentence: what is the same when the same Ask is painted again, and where."""


class OnGraphicsCard(Protocol):
    """What a generator is besides that paints on a graphics card."""

    def gpu_seconds(self) -> float:
        """
        Return the seconds in which its work was on the card, since it was loaded.

        Measured on the card: between events of its own streams (torch.cuda.Event), or by the
        driver's count for its process; never the time that the processor waited.
        """
        ...


class CardMaker(Protocol):
    """Takes a reference apart into layers, and completes what is hidden of each."""

    encoding: str
    """The colour space it works in, by the show's config."""
    version: int
    """Raised when the same drawing and seed give another card."""

    def cut(self, master: Master, drawing: Drawing | None) -> tuple[CutLayer, ...]:
        """
        Return the layers of ``master``, farthest first; without a drawing its own proposal.

        Raises:
            InputError: Nothing can be cut out; the sentence says what to draw.
        """
        ...

    def complete(
        self, master: Master, layer: CutLayer, *, seed: int, width_px: int
    ) -> CardPixels:
        """
        Return ``layer`` with its hidden part painted from its own ``sources`` alone.

        The same master, layer and seed give the same bits. Matches are searched on a
        picture at most ``width_px`` wide; copies are the master's own pixels.

        Raises:
            InputError: The layer has a hidden part and nothing it may be completed from.
        """
        ...
