"""
What frames were measured to be when they were rendered, kept for whoever publishes them.

Several workers render the frames of an ask, and one of them publishes the versions. It finds
here what the others saw, and needs not read every frame again. A frame's digests stand in the
version; signing and delivering read every pixel anew and compare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from seamline.pixels.smear import Smear
from seamline.ports import Ledger
from seamline.show.record import LATER, as_record, from_record

KIND = "rendered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """
    What one frame of one version was measured to be when it was rendered.

    Attributes:
        key: Of all that decided it.
        element: Digest of the clean element.
        comp: Digest of the comp.
        matte: Digest of the matte.
        hole_px: So many pixels that are generated show nothing.
        peak: Brightest value of the element, scene-linear, the plate's space.
        edges: Widths of edges of element and plate, pixels; in the middle frame only.
        smears: How far the shutter smeared element and plate; in the middle frame only.
        smear_px: Over how many pixels by the camera's report; 0 where that does not say it.
        seconds: How long it took.
    """

    key: str
    element: str
    comp: str
    matte: str
    hole_px: int
    peak: float
    edges: tuple[float | None, float | None] = field(default=(None, None))
    smears: tuple[Smear | None, Smear | None] = field(default=(None, None), metadata=LATER)
    smear_px: float = field(default=0.0, metadata=LATER)
    seconds: float = 0.0


Known = Mapping[tuple[str, int], Rendered]
"""What was rendered of versions before, by render key and frame."""


def digests_of(seen: Sequence[Rendered]) -> list[str]:
    """Return the digests of element and comp of each version in turn."""
    return [digest for each in seen for digest in (each.element, each.comp)]


def keep(ledger: Ledger, ask: str, frame: int, seen: Sequence[Rendered]) -> None:
    """Write down what ``frame`` of ``ask`` is in each version."""
    key = f"{ask} {frame} {' '.join(sorted(each.key for each in seen))}"
    ledger.append_once(
        KIND, key, {"ask": ask, "frame": frame, "seen": [as_record(each) for each in seen]}
    )


def known_of(ledger: Ledger, ask: str, *, after: int = 0) -> Known:
    """Return what was written down of the frames of ``ask`` in rows above ``after``."""
    return {
        (each.key, int(row.body["frame"])): each
        for row in ledger.rows(KIND, after=after)
        if row.body["ask"] == ask
        for each in (from_record(Rendered, seen) for seen in row.body["seen"])
    }
