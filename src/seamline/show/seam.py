"""
The seam: which part of every frame is live action and which is generated.

Matte 1 means live action stays. A box or polygon (display-window pixels from
the top left) limits the generated region further: outside it everything stays.
``one_surface`` says that live and generated continue the same thing there (a
wall, a slope, a sky); otherwise the seam parts different things.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from seamline.errors import ShowError
from seamline.show.record import LATER

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle in display-window pixels from the top left."""

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width <= 0 or self.height <= 0:
            raise ShowError(
                f"the box {self.x},{self.y},{self.width},{self.height} is empty",
                remedy="Write --box X,Y,WIDTH,HEIGHT in pixels from the top left.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
    """One version of a shot's seam."""

    shot: str
    version: int
    matte: str = ""
    """Pattern of the matte sequence; empty when a box or polygon says it all."""
    matte_channel: str = ""
    matte_digests: tuple[str, ...] = ()
    """Pixel digest per frame, as found when the seam was set."""
    grow_px: int = 0
    """Grow (positive) or shrink (negative) the live side."""
    box: Box | None = None
    polygon: tuple[Point, ...] = ()
    one_surface: bool = False
    shadow: str = field(default="", metadata=LATER)
    """Pattern of what is left of the floor's light: R, G, B times the generated ground."""
    shadow_digests: tuple[str, ...] = field(default=(), metadata=LATER)
    """Pixel digest per frame, as found when the seam was set."""
    shadow_stops: float = field(default=0.0, metadata=LATER)
    """How much light the darkest thousandth of any frame has lost."""

    veil: tuple[Point, ...] = field(default=(), metadata=LATER)
    """Drawn around blown sand, smoke, spray: what is soft within it lets light through."""

    @property
    def unshadowed(self) -> Seam:
        """The seam without what is left of the floor's light."""
        return replace(self, shadow="", shadow_digests=(), shadow_stops=0.0)

    @property
    def parted(self) -> Seam:
        """The seam alone, which is all that a canvas is laid out by."""
        return replace(self.unshadowed, veil=())

    def __post_init__(self) -> None:
        if not (self.matte or self.box or self.polygon):
            raise ShowError(
                f"{self.shot}: a seam needs a matte, a box or a polygon",
                remedy="Give --matte, --box or --polygon.",
            )
        for what, points in (("polygon", self.polygon), ("veil", self.veil)):
            if points and len(points) < 3:
                raise ShowError(
                    f"{self.shot}: the {what} has {len(points)} points, a region needs 3",
                    remedy="One x,y pair a point, in display-window pixels from the top left.",
                )
