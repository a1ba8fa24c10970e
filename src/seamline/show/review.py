"""What is said about a variation: findings by checks, choices and sign-offs by people."""

from __future__ import annotations

from dataclasses import dataclass, field

from seamline.show.record import LATER

Place = tuple[int, int, int, int]
"""x, y, width, height in display-window pixels from the top left."""
VERDICTS = ("pass", "fail", "not comparable", "not checked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check's word: number, limit, unit and one sentence an artist can use."""

    check: str
    verdict: str
    says: str
    measured: float | None = None
    limit: float | None = None
    unit: str = ""
    frame: int | None = None
    place: Place | None = None
    """Where it was found; None where it is about the whole frame, or nowhere."""

    def __post_init__(self) -> None:
        assert self.verdict in VERDICTS, self.verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Somebody picked one variation of a shot, or took the pick back."""

    shot: str
    element: str
    """Empty where the pick was taken back."""
    by: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """
    A named person stands for exactly these pixels, seen in this way.

    Every field is covered by ``signature`` (Ed25519 over the canonical bytes of
    the record without ``signature``).
    """

    element: str
    shot: str
    by: str
    at: str
    key_fingerprint: str
    key_protected: bool
    element_digest: str
    comp_digest: str
    layers_digest: str
    lineage_digest: str
    cdl_digest: str
    matte_digest: str
    plate_digest: str
    view: str
    """The view transform of the sheet it was seen on."""
    size_px: tuple[int, int]
    findings: tuple[Finding, ...] = ()
    frames: tuple[tuple[int, str], ...] = field(default=(), metadata=LATER)
    """
    What stands for: frame by frame, the digest of its element, comp, plate, matte and match.
    Empty in one that was signed before a shot could change: then it is for all frames.
    """
    nonce: str = field(default="", metadata=LATER)
    """Drawn for this sign-off alone, so that none can be given out for another."""
    signature: str = ""
