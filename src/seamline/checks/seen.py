"""What the checks are shown: plain numbers, measured by the steps."""

from __future__ import annotations

from dataclasses import dataclass

from seamline.pixels.smear import Smear
from seamline.show.lock import Light, Lock
from seamline.show.shot import Shot


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedReference:
    """A reference's name, its light, and its share of the painted pixels."""

    name: str
    light: Light
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PaintedSun:
    """The sun of a painting whose locked key stands in the picture."""

    off_deg: float | None
    """From where the lock puts it; None where nothing shines like a sun."""
    energy_share: float | None
    """Of what it has in its reference, gain counted in; None where that is not known."""
    reference: str
    behind: str = ""
    """The painted layer that stands before some of it or its glow; empty where none does."""
    hidden: bool = False
    """That layer stands before all of its disc."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One variation as the checks see it; None is what could not be measured."""

    shot: Shot
    lock: Lock | None
    used: tuple[UsedReference, ...] = ()
    hole_px: int = 0
    """Generated pixels, over all frames, that the canvas does not cover."""
    hole_frame: int | None = None
    one_surface: bool = False
    margin_stops: float | None = None
    """Largest channel's median difference between painted margin and plate, stops."""
    rest_smear_px: float = 0.0
    """Over how many pixels the shutter smears the frame in which the camera rests most."""
    margin_says: str = ""
    """Why a margin that was painted tells nothing."""
    references_off: tuple[tuple[str, float], ...] = ()
    """References by name, and by how many stops the plate is brighter where they are alike."""
    element_edge_px: float | None = None
    plate_edge_px: float | None = None
    edge_frame: int | None = None
    edges_hard_at_rest: bool = False
    """Whether only edges were measured that are hard when the camera rests."""
    smear_px: float = 0.0
    """Over how many pixels the shutter smears ``edge_frame``, where that is known of all of it:
    the camera turns, and nothing stands near."""
    element_smear: Smear | None = None
    plate_smear: Smear | None = None
    peak: float = 0.0
    peak_frame: int | None = None
    sun: PaintedSun | None = None
    """None where no locked key stands in what was generated."""
    half: bool = True
    """Whether the plate is half float."""
