"""
The book as of one row: what people decided until then, whatever is decided meanwhile.

Frames of a version are rendered one after another, and a lock may be revised between two of
them. Whoever renders reads the book as of the moment that the version was named, so that
all that bears its id was made by the same lock, camera, seam and grades. What is made, by
whomever, is seen at once: it is found by what it was made of, and cannot be another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from seamline.ports import Ledger, Row, Studio
from seamline.steps.through import WrittenThrough

MADE = frozenset(
    {
        "edge softening",
        "edge spread",
        "plate grain",
        "queue",
        "rendered",
        "reserved",
        "variation",
        "version",
    }
)
"""Kinds of rows that name what they are made of: a later one takes nothing back."""
DECIDES = frozenset({"layer grade", "lock", "match change", "reference", "seam", "shot"})
"""Kinds of rows that decide what a frame shows."""


class AsOf(WrittenThrough):
    """
    A ledger in which nobody decides anything after row ``last``.

    Args:
        ledger: The show's; it is written through to.
        last: The number of the last row that holds.
    """

    def __init__(self, ledger: Ledger, last: int) -> None:
        super().__init__(ledger)
        self.last = last

    def rows(self, kind: str | None = None, *, after: int = 0) -> Iterator[Row]:
        """Yield rows above number ``after``, oldest first: decisions up to ``last`` only."""
        for row in self._ledger.rows(kind, after=after):
            if row.number <= self.last or row.kind in MADE:
                yield row

    def publish(self, shot: str, kind: str, key: str, body: Mapping[str, Any]) -> bool:
        """
        Write one row about ``shot``, once, if what it shows still holds; tell whether it does.

        Nobody decides anything between the look and the row.
        """
        row = self._ledger.append_unless(
            kind, key, body, after=self.last, kinds=DECIDES, overtaken=_decides(shot)
        )
        return row is not None

    def still_holds(self, shot: str) -> bool:
        """Whether nothing was decided since that a frame of ``shot`` would show."""
        decides = _decides(shot)
        return not any(
            row.kind in DECIDES and decides(row) for row in self._ledger.rows(after=self.last)
        )


def _decides(shot: str) -> Callable[[Row], bool]:
    """Return what tells whether a row of ``DECIDES`` is about ``shot``, or may be."""
    return lambda row: _about(row) in ("", shot)


def _about(row: Row) -> str:
    """Return the shot that a row speaks of; empty where it may be any."""
    return str(row.body.get("name" if row.kind == "shot" else "shot", ""))


def as_of_now(studio: Studio, *, after: int = 0) -> tuple[Studio, AsOf]:
    """Return ``studio`` with its book as of now, and that book; row ``after`` is known."""
    last = max((row.number for row in studio.ledger.rows(after=after)), default=after)
    held = AsOf(studio.ledger, last)
    return replace(studio, ledger=held), held
