"""What a QC report says, in numbers and words: the document that the page is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict


class Place(TypedDict):
    """A rectangle in display-window pixels from the top left."""

    x: float
    y: float
    width: float
    height: float


class FindingWords(TypedDict):
    """One finding; ``verdict`` is one of ``show.review.VERDICTS``."""

    check: str
    verdict: str
    says: str
    measured: float | None
    limit: float | None
    unit: str
    frame: int | None
    place: Place | None


class Mark(TypedDict):
    """Where in a picture something lies, in shares of its width and height; its finding."""

    finding: int
    x: float
    y: float
    width: float
    height: float


class Shown(TypedDict):
    """A picture: its key, what it shows, and what is outlined in it."""

    picture: str
    of: str
    frame: int
    marks: Sequence[Mark]
    scale: NotRequired[int]
    """How many times a pixel is enlarged, where it is."""


class Strip(TypedDict):
    """A piece of the seam laid straight: the keys of comp and plate, and where it begins."""

    pictures: Sequence[tuple[str, str]]
    from_px: int
    to_px: int


class Curve(TypedDict):
    """A measure over the frames."""

    check: str
    says: str
    unit: str
    limit: float | None
    frames: Sequence[int]
    values: Sequence[float | None]


class Layer(TypedDict):
    """One layer of the match, its numbers in words."""

    layer: str
    on: bool
    changes: bool
    """Whether a picture is another with it."""
    numbers: str
    source: str
    says: str


class Credit(TypedDict):
    """A reference and its share, 0 to 1, of the painted pixels."""

    id: str
    name: str
    share: float
    owner: str
    licence: str


class Signed(TypedDict):
    """A sign-off, and whether it is of what the ledger holds now."""

    by: str
    at: str
    holds: bool


class Verdict(TypedDict):
    """The report in one sentence, and what it counts."""

    says: str
    failed: int
    passed: int
    not_checked: int
    not_comparable: int


class Report(TypedDict):
    """Everything a report says; see docs/reference/files.md. ``shown`` is of the page only."""

    schema: int
    show: str
    shot: str
    id: str
    at: str
    frames: str
    size_px: Sequence[int]
    view: str
    verdict: Verdict
    examined: str
    findings: Sequence[FindingWords]
    curves: Sequence[Curve]
    match: Sequence[Layer]
    references: Sequence[Credit]
    lock: Sequence[str]
    drift: Sequence[FindingWords]
    drift_of: str
    chosen_by: str
    signed: Sequence[Signed]
    rests_on: Mapping[str, str]
    digest: str
    overview: NotRequired[Sequence[Shown]]
    closer: NotRequired[Mapping[int, Sequence[Shown]]]
    strips: NotRequired[Sequence[Strip]]
    seam_says: NotRequired[str]
