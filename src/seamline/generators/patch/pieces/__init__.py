"""
Holes and extensions in whole pieces: what continues the plate is cut out and laid on.

A matte painter takes a piece that goes on where the plate ends, lays it over the hole and
cuts it where it agrees with its neighbour. ``places`` looks along the border for places of
the references whose surroundings fit, ``seams`` says what a cut between two pieces costs
and moves it to where it costs least, ``laying`` does so from coarse to fine.
"""

from seamline.generators.patch.pieces.laying import Laid, lay

__all__ = ["Laid", "lay"]
