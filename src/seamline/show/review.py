"""What is said about a variation: findings by checks, choices and sign-offs by people."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from seamline.errors import InputError
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


OPINIONS = ("", "works", "nearly", "no")
"""A person's verdict on a variation; empty where a note gives none."""
MOST_LETTERS, MOST_STROKES, MOST_POINTS = 2000, 64, 512
Stroke = tuple[tuple[float, float], ...]
"""A line drawn over a frame: x, y in display-window pixels from the top left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a person says about a version: in words, in lines drawn, or as a verdict."""

    shot: str
    element: str
    frame: int
    by: str
    at: str
    text: str = ""
    strokes: tuple[Stroke, ...] = ()
    verdict: str = ""
    """One of ``OPINIONS``."""

    def __post_init__(self) -> None:
        if self.verdict not in OPINIONS:
            raise InputError(
                f"{self.verdict!r} is no verdict of a person",
                remedy=f"Give one of: {', '.join(OPINIONS[1:])}.",
            )
        if not (self.text.strip() or self.strokes or self.verdict):
            raise InputError(
                f"the note on {self.element} says nothing",
                remedy="Write a line, draw one, or give a verdict.",
            )
        points = [point for stroke in self.strokes for point in stroke]
        if (
            len(self.text) > MOST_LETTERS
            or len(self.strokes) > MOST_STROKES
            or len(points) > MOST_POINTS
        ):
            raise InputError(
                f"the note on {self.element} has {len(self.text)} letters, "
                f"{len(self.strokes)} lines and {len(points)} points",
                remedy=f"At most {MOST_LETTERS}, {MOST_STROKES} and {MOST_POINTS}; "
                "leave two notes.",
            )
        if any(unicodedata.category(c) == "Cc" and c != "\n" for c in self.text):
            raise InputError(
                f"the note on {self.element} has control characters",
                remedy="Write it as plain text.",
            )


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
    """The view it was seen through, and the exposure and gamma it was seen at."""
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
