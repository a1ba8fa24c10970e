"""What a generator is given to paint on and from, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from seamline.pixels.picture import Image
from seamline.show.review import Finding

PLATE = -2
"""Lineage of a pixel that is the plate's own."""


NOTHING = -1
"""Lineage of a pixel that was not painted."""


HAND = -3
"""Lineage of a pixel that a person painted; the second person's is one less, and so on."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CanvasPicture:
    """
    What a generator is given to paint on; everything on the canvas's pixel grid.

    Attributes:
        known: (H, W, 3) float32 plate pixels in the generator's encoding; 0 where none.
        keep: (H, W) float32; 1 = a plate pixel to leave alone, 0 = to be painted.
        need: (H, W) bool; what some frame will see: paint at least this.
        margin: (H, W) bool; live pixels within the band that is also painted, into a
            layer of its own called ``margin``; all False where the seam parts
            different things.
        elevation_deg: (H, W) float32; elevation above the horizon of each pixel.
        azimuth_deg: (H, W) float32; azimuth of each pixel, show convention.
        px_per_deg: Sampling of the canvas at its middle.
        skyline: (W,) float32 rows of the skyline somebody drew, NaN where none was
            drawn; None without a drawing.
        lines: (W,) float32 rows of other upper edges somebody drew, by a card's label, NaN
            where none was drawn: ``forest``, ``water`` ...
        key_deg: Azimuth and elevation of the locked key light; None where nobody locked it.
        standing: An earlier painting's layers, back to front, when one of them is to be
            painted anew: the one that ``layer`` in the ask's settings names. All others
            come back as they stand. Empty when everything is painted.
    """

    known: Image
    keep: Image
    need: NDArray[np.bool_]
    margin: NDArray[np.bool_]
    elevation_deg: Image
    azimuth_deg: Image
    px_per_deg: float
    skyline: Image | None = None
    key_deg: tuple[float, float] | None = None
    standing: tuple[PaintedLayer, ...] = ()
    lines: Mapping[str, Image] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CardView:
    """
    What makes a view a card: one layer of a reference, cut out whole and completed.

    Attributes:
        id: The card's id.
        label: One of ``show.card.LABELS``: ``sky``, ``far``, ``near`` ...
        alpha: (H, W) float32 in [0, 1]; the card's own edge.
        hidden: (H, W) bool; where the card was completed behind what stood before it.
        base_row: Row on which the card stands: its foot, its waterline, or the horizon
            for a sky; may lie outside the view.
        columns: First column and end of those that may form a silhouette.
        mirror: Whether its light allows left and right to be exchanged.
        distance_m: How far away it is; None where nobody said.
    """

    id: str
    label: str
    alpha: Image
    hidden: NDArray[np.bool_]
    base_row: float
    columns: tuple[int, int]
    mirror: bool
    distance_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DomeView:
    """
    What makes a view a dome: a panorama's sky, set over the canvas pixel for pixel.

    Its elevations and azimuths are those in the panorama, turned to the lock, so that a
    pixel's height and angle to the sun are those it was photographed at.

    Attributes:
        at: Row and column of the canvas at which it begins.
        size: Over how many rows and columns it goes.
        exchanged: Left and right exchanged about the sun's own vertical.
        turn_deg: By how much it is turned besides, its sun being out of frame.
        measure: How many of its own degrees stand in one of the canvas's, away from its
            sun: above 1 more of it is seen.
    """

    at: tuple[int, int]
    size: tuple[int, int]
    exchanged: bool = False
    turn_deg: float = 0.0
    measure: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReferencePicture:
    """
    One view of an approved reference, at the canvas's own pixels per degree.

    Either the whole picture, or one card of it: then ``colour`` is complete also where
    the reference shows something nearer, and ``master_x``, ``master_y`` say which pixel
    of the reference each of its pixels was copied from.

    Attributes:
        id: The reference's id.
        look: References with the same look may be mixed in one picture; by default
            each reference is a look of its own.
        colour: (H, W, 3) float32 in the generator's encoding.
        usable: (H, W) bool; False where the reference must not be copied from
            (alpha painted out, outside a panorama's view, not finite).
        elevation_deg: (H, W) float32 elevation of each pixel, or None when unknown (flat).
        master_x: (H, W) float32; where each pixel's centre lies in the reference file, pixels.
        master_y: (H, W) float32.
        card: What makes it a card; None for the whole picture.
        azimuth_deg: (H, W) float32 azimuth of each pixel, or None when unknown (flat).
        key_deg: Azimuth and elevation of the reference's own key light, where they are
            known and the reference is turned so that its azimuth is the locked one.
        all_sky: Whether the reference shows nothing but sky, its ground painted out.
        mirror: Whether its light allows left and right to be exchanged (a flat one's).
        dome: What makes it a sky set over the canvas; None for any other view.
        around: Whether it is the whole panorama, small: its skyline is told from it, and
            nothing is copied.
    """

    id: str
    look: str
    colour: Image
    usable: NDArray[np.bool_]
    elevation_deg: Image | None
    master_x: Image
    master_y: Image
    card: CardView | None = None
    azimuth_deg: Image | None = None
    key_deg: tuple[float, float] | None = None
    all_sky: bool = False
    mirror: bool = True
    dome: DomeView | None = None
    around: bool = False

    def of_look(self, look: str) -> ReferencePicture:
        """Return the same view, of ``look``."""
        return replace(self, look=look)

    @property
    def whole(self) -> ReferencePicture:
        """The view, laid out; ``LaterPicture`` is one that is laid out only then."""
        return self

    @property
    def glance(self) -> ReferencePicture:
        """What it is chosen by: itself, or the same ``step`` times smaller."""
        return self

    @property
    def step(self) -> int:
        """How many times smaller its glance is."""
        return 1

    @property
    def shape(self) -> tuple[int, int]:
        """Its rows and columns."""
        height, width = self.usable.shape
        return height, width


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PaintedLayer:
    """
    One layer of a painting.

    Attributes:
        name: ``env``, ``margin``, ``sky``, ``far`` ...; unique in a painting, lower case
            letters, digits, _ and -: it names files.
        colour: (H, W, 3) float32, unassociated, in the generator's encoding.
        alpha: (H, W) float32 in [0, 1].
        source: (H, W) int32; index into the references handed over, ``PLATE`` or ``NOTHING``.
        source_x: (H, W) int32 column in that reference picture (or on the canvas for PLATE).
        source_y: (H, W) int32 row.
        offset: (H, W, 3) float32; the source pixel's colour plus this is ``colour``, bit
            for bit, in the encoding.
        distance_m: How far away it stands; None: as far as the canvas.
        motion_deg_s: Drift in degrees per second towards growing azimuth.
    """

    name: str
    colour: Image
    alpha: Image
    source: NDArray[np.int32]
    source_x: NDArray[np.int32]
    source_y: NDArray[np.int32]
    offset: Image
    distance_m: float | None = None
    motion_deg_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Painted:
    """Layers back to front, what the generator has to say, and what it found wrong."""

    layers: tuple[PaintedLayer, ...]
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


LaidOut = tuple[CanvasPicture, tuple[ReferencePicture, ...]]
"""What a generator is handed beside the ask."""
