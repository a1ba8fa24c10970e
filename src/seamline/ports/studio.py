"""The clock, the progress, a show's settings, and everything that a step is handed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from seamline.ports.generators import NOT_KEPT, CardMaker, Generator, Levels
from seamline.ports.painting import LaidOut
from seamline.ports.papers import Papers
from seamline.ports.pictures import Colour, Grains, Images, Optics, Tracks
from seamline.ports.proofs import Authority, Keyring, Proofs
from seamline.ports.records import Blobs, Ledger, Shelf
from seamline.show.policy import Policy, house
from seamline.show.variation import Made


class Clock(Protocol):
    """Time, so that records can be made again in tests."""

    def now(self) -> str:
        """UTC as ISO 8601 with seconds: 2026-11-21T10:00:00Z."""
        ...

    def seconds(self) -> float:
        """Return seconds on a clock that only goes forward."""
        ...

    def cpu_seconds(self) -> float:
        """Return what this process and its ended children used of the processor, seconds."""
        ...

    def gpu_seconds(self) -> float:
        """Return what this process's painters used of a graphics card, seconds."""
        ...


class Bar(Protocol):
    """One progress bar."""

    def advance(self, amount: float = 1.0) -> None:
        """Move on by ``amount``."""
        ...

    def now(self, title: str) -> None:
        """Say in other words what is being done."""
        ...


class Progress(Protocol):
    """Where progress is shown (stderr)."""

    def bar(self, title: str, total: float) -> AbstractContextManager[Bar]:
        """Show a bar while the block runs."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What ``show.toml`` says."""

    name: str
    root: str
    width_px: int
    height_px: int
    rate: str
    defaults: Mapping[str, str | None]
    """Colour space by kind: plate, picture (JPEG, PNG, TIFF), linear (HDR, EXR)."""
    config_path: str = ""
    """The show's OCIO config file."""
    most_variations: int = 100
    """The most that one ``paint`` may ask for."""
    canvas_mpx: float = 128.0
    """The largest canvas, megapixels."""
    supervisors: tuple[str, ...] = ()
    """Who may give priority, and cancel what others asked for."""
    policy: Policy = field(default_factory=house)
    """What ``policy.toml`` demands of a delivery."""
    isolation: str = "preferred"
    """How much the show wants of the walls around what paints and decodes: ``required``,
    ``preferred`` or ``off``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """Every port, filled; what each step is handed."""

    settings: Settings
    images: Images
    colour: Colour
    tracks: Tracks
    ledger: Ledger
    blobs: Blobs
    shelf: Shelf
    keyring: Keyring
    authority: Authority
    clock: Clock
    progress: Progress
    optics: Optics
    grains: Grains
    papers: Papers
    proofs: Proofs
    generator: Callable[[str], Generator]
    card_maker: Callable[[], CardMaker]
    made: Callable[[], Made]
    nonce: Callable[[], str]
    """Something never drawn before: 32 hexadecimal digits."""
    threads: int
    laid_out: Callable[[str, Callable[[], LaidOut]], LaidOut] = lambda key, make: make()
    """What was laid out for a painter under a key before, else what is made and kept."""
    levels: Callable[[str], Levels] = lambda key: NOT_KEPT
    """Levels of the painting under a key, which says all that decides a bit of it."""
