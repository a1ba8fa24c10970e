"""
What is said of a delivered picture, and what the world calls a picture like it.

The names of digital source types are those of the IPTC NewsCodes vocabulary
(http://cv.iptc.org/newscodes/digitalsourcetype/, as of September 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

USES = ("ideation", "temp", "final")
"""What a delivery is for: to talk about, to cut with, to be seen by the audience."""
SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameValues:
    """
    What values one frame holds: the extremes of its colour, and what is no number in it.

    The extremes are over the finite values of R, G and B; over all channels where it has
    none of these. NaN and Inf are counted in every channel.
    """

    minimum: float | None
    """None where no value is finite."""
    maximum: float | None
    nan: int
    inf: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredFrame:
    """One frame of a delivered sequence: the digest of its pixels, and its values."""

    digest: str
    values: FrameValues


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Trained weights that made pixels: which, whose, and what is known of their making."""

    name: str
    sha256: str
    licence: str
    parent: str = ""
    """What they were trained on from; empty where they were trained from nothing."""
    card: str = ""
    """Where it is written down what they were trained with."""


def source_type(
    *, trained: bool | None, kinds: Sequence[str], hands: bool, painted: bool
) -> tuple[str, str]:
    """
    Return the IPTC digital source type of a comp, as a URI, and why it is that one.

    Args:
        trained: Whether trained weights made pixels of it; None where nobody says.
        kinds: Kinds of the references that were painted from (``photography`` ...).
        hands: Whether a person painted into it.
        painted: Whether anything was painted at all.
    """
    if trained is None:
        name, why = "composite", "the generator does not say whether trained weights were used"
    elif trained:
        name, why = (
            "compositeWithTrainedAlgorithmicMedia",
            "pixels made with trained weights are composited with others",
        )
    elif not painted:
        name, why = "digitalCapture", "nothing was painted: these are the plate's pixels"
    elif hands or any(kind != "photography" for kind in kinds):
        name, why = (
            "composite",
            "photographed and hand-made pictures are composited; no trained weights were used",
        )
    else:
        name, why = (
            "compositeCapture",
            "photographs are composited: every painted pixel is copied from an approved "
            "photograph, and no trained weights were used",
        )
    return SOURCE_TYPES + name, why
