"""A shot: its plate (or none yet), its frames and its camera."""

from __future__ import annotations

from dataclasses import dataclass, field

from seamline.show.camera import CameraTrack
from seamline.show.cdl import CDL
from seamline.show.frames import FrameRange
from seamline.show.lens import LensMap, LensModel
from seamline.show.lensreport import LensReport
from seamline.show.record import LATER

Window = tuple[int, int, int, int]
"""x, y, width, height; EXR coordinates, y down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """The photographed frames as they were found on disk."""

    pattern: str
    colourspace: str
    evidence: str
    display_window: Window
    channels: tuple[str, ...]
    channel_type: str
    """``half``, ``float`` or ``uint16`` ...; the type of R."""
    digests: tuple[str, ...]
    """Pixel digest of each frame, in frame order."""
    digest: str
    """Sequence digest."""
    pixel_aspect: float = 1.0
    layer: str = field(default="", metadata=LATER)
    """Which layer, part or view of its files is the plate; empty: nobody had to say."""
    notes: tuple[str, ...] = field(default=(), metadata=LATER)
    """What was chosen among several or changes over the frames, a sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One version of a shot. Without a plate it is a concept shot: frames of the lock."""

    name: str
    version: int
    frames: FrameRange
    plate: Plate | None = None
    track: CameraTrack | None = None
    """None: locked off (the lens comes from the lock), or not known yet."""
    static: bool = False
    """Somebody said that the camera is locked off."""
    width_px: int = 0
    height_px: int = 0
    grade: CDL | None = field(default=None, metadata=LATER)
    """How its pictures are looked at, and nothing else: in no pixel that is kept."""
    lens_model: LensModel | None = field(default=None, metadata=LATER)
    """The lens as it was measured, where a file says it; over what track or lock say."""
    lens_map: LensMap | None = field(default=None, metadata=LATER)
    """ST maps in its place, for a lens whose model is not known."""
    lens: LensReport | None = field(default=None, metadata=LATER)
    """What the camera wrote down of the lens of a locked-off shot."""
