"""
Variations: one painted canvas and the frames rendered from it.

*Ask* is what was wanted: everything that decides pixels and that a person
chose. *Record* is the Ask plus what made it. The key a painting is found again
by is the Ask's digest plus the generator's ``pixels`` version, which is raised
only when golden digests change.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from seamline.show.cdl import CDL
from seamline.show.match import Match
from seamline.show.record import LATER, as_record, record_digest
from seamline.show.review import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Everything that decides the painted pixels; nothing else may."""

    shot: str
    canvas_digest: str
    lock_digest: str
    """Digest of the lock's light and lens; empty without a lock."""
    references: tuple[str, ...]
    """``Reference.paint_digest`` of each, in the order they are handed over."""
    generator: str
    pixels: int
    """The generator's pixels version."""
    encoding: str
    seed: int
    cards: tuple[str, ...] = ()
    """``Card.paint_digest`` of each, in the order they are handed over."""
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical record."""
        return record_digest(as_record(self))


DIFFERENT, YES = "more different", "yes"
"""
A setting: in what continues the plate no piece is to fill more than a quarter, where anything
else can be had.
"""


def more_different(ask: Ask) -> bool:
    """Return whether ``ask`` wants less of its references in one piece."""
    return dict(ask.settings).get(DIFFERENT) == YES


FROM, LAYER = "from", "layer"
"""Settings of an ask that paints one layer anew: of which painting (Ask digest), and which."""


def further_than(ask: Ask) -> str:
    """Return the Ask digest of the painting that ``ask`` goes on from; empty without one."""
    return dict(ask.settings).get(FURTHER, "").partition(" ")[0]


def bound_to(ask: Ask) -> str:
    """Return the frames (``1001-1024``) that look at the earlier painting's canvas for ever."""
    return dict(ask.settings).get(FURTHER, "").partition(" ")[2]


def anew_of(ask: Ask) -> str:
    """Return the layer that ``ask`` paints anew; empty when it paints everything."""
    return dict(ask.settings).get(LAYER, "")


FIXED, BY, NOTE, REGION = "by hand", "by", "note", "region"
"""Settings of an ask that a hand answered: the picture that came back, who, and why."""
FURTHER = "further"
"""
A setting: the painting goes on where an earlier one (Ask digest, its frames) ended. Without
frames none of them is bound to what it saw: the camera is another.
"""
HAND_SETTINGS = (FROM, LAYER, FIXED, BY, NOTE, REGION)
"""Settings that say what was done to an earlier painting, not how it was painted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandWork:
    """What a person painted over a painting's layers."""

    by: str
    at: str
    note: str
    digest: str
    """
    Digest of the picture of it: ``LAYER.R``, ``.G``, ``.B``, ``.A`` on the canvas for each
    layer that was touched, working space, associated.
    """
    layers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What made it: code, libraries and the processor's features."""

    seamline: str
    python: str
    numpy: str
    numba: str
    openimageio: str
    opencolorio: str
    cpu: str
    config_sha256: str
    cpu_features: str = field(default="", metadata=LATER)
    """Names of the instruction sets that compiled code may use, in alphabetical order."""
    code_sha256: str = field(default="", metadata=LATER)
    """Of seamline's own sources."""
    isolation: str = field(default="", metadata=LATER)
    """What stood around the painter; empty where none was needed, or before it was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFacts:
    """One painted layer, back to front, as stored in the blobs."""

    name: str
    digest: str
    """Digest of its RGBA picture, associated alpha, working space."""
    lineage_digest: str
    """Digest of its lineage picture (reference, x, y and the offsets)."""
    distance_m: float | None = None
    motion_deg_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """One painted canvas: the answer to one Ask."""

    shot: str
    element: str
    number: int
    ask: Ask
    ask_digest: str
    layers: tuple[LayerFacts, ...]
    views: tuple[str, ...]
    """Reference id of every view handed to the generator; lineage counts them from 2."""
    layers_digest: str
    lineage_digest: str
    shares: tuple[tuple[str, float], ...]
    """(reference id, share of the painted pixels), largest first."""
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    seconds: float
    made: Made
    hands: tuple[HandWork, ...] = field(default=(), metadata=LATER)
    """Who painted over it, oldest first; the lineage of their pixels names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerGrade:
    """What a person did to one painted layer before it goes over the one behind it."""

    layer: str
    cdl: CDL
    """Applied to the layer's straight colour, in the CDL's own space."""
    opacity: float = 1.0

    @property
    def is_identity(self) -> bool:
        """Whether it changes nothing."""
        return self.cdl.is_identity and self.opacity == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The frames rendered from a variation: element and comp, as published."""

    id: str
    shot: str
    ask_digest: str
    render_key: str
    """Digest of all that decides the frames: layers, track, seam, plate, match."""
    element_digest: str
    comp_digest: str
    element_frames: tuple[str, ...]
    comp_frames: tuple[str, ...]
    cdl: CDL
    cdl_digest: str
    matte_digest: str
    plate_digest: str
    findings: tuple[Finding, ...]
    seconds: float
    grades: tuple[LayerGrade, ...] = ()
    """What was done to its layers in the comp, back to front; the element has none of it."""
    frames: str = field(default="", metadata=LATER)
    """Its frames, ``1001-1024``; empty in a version made before a shot could change."""
    matte_frames: tuple[str, ...] = field(default=(), metadata=LATER)
    plate_frames: tuple[str, ...] = field(default=(), metadata=LATER)
    match: Match | None = None
    """All that brings it to the plate in the comp; None in a version made before there was."""


def grading_digest(cdl: CDL, grades: tuple[LayerGrade, ...], match: Match | None = None) -> str:
    """Return the digest of all grading of a version: the match, and its layers' own."""
    if match is not None:
        return record_digest({"match": as_record(match), "layers": as_record(grades)})
    if not grades:
        return record_digest(as_record(cdl))
    return record_digest({"match": as_record(cdl), "layers": as_record(grades)})
