"""
Mattes: where live action is, and how it is told from what stands behind it.

``live`` reads a seam's matte and keeps 1 exactly 1. ``screen`` measures a green or blue
screen or a cyclorama, ``keyer`` tells live action from it, ``spill`` takes the screen's own
light off what stands before it, ``shadow`` lifts a shadow off a floor as a layer;
``spread`` carries values on over pixels that have none.
"""

from seamline.pixels.matte.live import (
    Matte,
    drawn_around,
    grown,
    live_matte,
    matte_digest,
    matte_plane,
    polygon_coverage,
    regions,
)

__all__ = [
    "Matte",
    "drawn_around",
    "grown",
    "live_matte",
    "matte_digest",
    "matte_plane",
    "polygon_coverage",
    "regions",
]
