"""
A region: what somebody selected in a host, and what is wanted of it.

A selection says where to generate: 1 inside, 0 outside. It is drawn over the plate, so its
numbers are display-window pixels from the top left, whatever canvas is painted.
"""

from __future__ import annotations

from dataclasses import dataclass

from seamline.errors import ShowError
from seamline.show.seam import Box, Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """
    A box, a polygon, or a matte file: one of them.

    Attributes:
        box: Generate in it.
        polygon: Generate in it; three points or more.
        matte: Path of a picture on the shared storage, or the pattern of a sequence; its A,
            or else R or Y: 1 = generate here.
    """

    box: Box | None = None
    polygon: tuple[Point, ...] = ()
    matte: str = ""

    def __post_init__(self) -> None:
        said = [bool(self.box), bool(self.polygon), bool(self.matte)]
        if sum(said) != 1:
            raise ShowError(
                f"a region is a box, a polygon or a matte, and {sum(said)} of them were given",
                remedy="Give one.",
            )
        if self.polygon and len(self.polygon) < 3:
            raise ShowError(
                f"the polygon has {len(self.polygon)} points, a region needs 3",
                remedy="One x,y pair per point, in display-window pixels from the top left.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAsk:
    """
    What a host asks for beyond an ordinary painting.

    Attributes:
        region: Where to generate; None: where the shot's seam says.
        first: First frame that is wanted soonest; None: all alike.
        last: The last of them.
        standing: The version that one layer is painted anew of; empty: everything is.
        layer: That layer.
        frame: The frame the region was drawn over, for a layer; None: the shot's middle.
        one_surface: Whether both sides continue the same thing; None: as the seam says.
    """

    region: Region | None = None
    first: int | None = None
    last: int | None = None
    standing: str = ""
    layer: str = ""
    frame: int | None = None
    one_surface: bool | None = None

    def __post_init__(self) -> None:
        if bool(self.standing) != bool(self.layer):
            raise ShowError(
                "a version and the layer of it to paint anew go together",
                remedy="Name both, or neither.",
            )
        if (self.first is None) != (self.last is None):
            raise ShowError(
                "the frames that are wanted soonest have a first and a last",
                remedy="Give both, or neither.",
            )
