"""
The canvas: the picture painted once, that every frame of the shot looks at.

``frame``   the plate's own pixels, no resampling (static shots)
``sphere``  a window of directions around the entrance pupil: equirectangular
            about the canvas's own axes, turned so that the mean view lies on its
            equator, at the plate's own pixels per radian
``card``    a plane in the world, by a point and its axes, at so many pixels per metre
"""

from __future__ import annotations

from dataclasses import dataclass, field

from seamline.show.camera import IDENTITY, Matrix3
from seamline.show.record import LATER
from seamline.show.shot import Window

KINDS = ("frame", "sphere", "card")


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """Geometry of one canvas. ``digest`` of the noun plus its arrays names it."""

    shot: str
    kind: str
    width_px: int
    height_px: int
    window: Window | None = None
    """``frame``: where the canvas's pixel (0, 0) lies in the display window."""
    world_from_canvas: Matrix3 = IDENTITY
    """Columns are the canvas's right (+X), up (+Y) and back (+Z, a card's normal)."""
    longitude_left_rad: float = 0.0
    """``sphere``: longitude of the left edge; 0 is the canvas's -Z, growing right."""
    latitude_top_rad: float = 0.0
    px_per_rad: float = 0.0
    coverage: float = 1.0
    """Share of the generated region of all frames that the canvas shows."""
    parallax_px: float = 0.0
    """By how many pixels a flat canvas lies, at most, for the track's translation."""
    distance_m: float = 0.0
    anchor_frame: int = 0
    """The frame whose plate pixels are on a ``frame`` canvas."""
    origin_m: tuple[float, float, float] = field(default=(0.0, 0.0, 0.0), metadata=LATER)
    """``sphere``: its middle, metres; ``card``: where (0, 0) of its axes lies."""
    card_left_m: float = field(default=0.0, metadata=LATER)
    """``card``: where its left edge lies along its own +X, from ``origin_m``."""
    card_top_m: float = field(default=0.0, metadata=LATER)
    """``card``: where its upper edge lies along its own +Y."""
    px_per_m: float = field(default=0.0, metadata=LATER)
    """``card``: sampling."""
