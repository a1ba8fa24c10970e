"""
A book that is read from over and over in one step: every row is looked up once.

A turnover of a thousand shots asks the book a dozen times for each of them. Rows never change,
so what was read stays true; what anybody wrote since is looked for each time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, runtime_checkable

from seamline.ports import Ledger, Row
from seamline.steps.through import WrittenThrough


@runtime_checkable
class Indexed(Protocol):
    """A ledger that finds the rows about something without walking all of them."""

    def about(self, kind: str, field: str, value: str) -> Sequence[Row]:
        """Return the rows of ``kind`` whose body says ``value`` in ``field``, oldest first."""
        ...


def about(ledger: Ledger, kind: str, field: str, value: str) -> Sequence[Row]:
    """Return the rows of ``kind`` in ``ledger`` whose body says ``value`` in ``field``."""
    if isinstance(ledger, Indexed):
        return ledger.about(kind, field, value)
    return saying(ledger.rows(kind), field, value)


def saying(rows: Iterable[Row], field: str, value: str) -> list[Row]:
    """Return those of ``rows`` whose body says ``value`` in ``field``."""
    return [row for row in rows if row.body.get(field) == value]


class Remembered(WrittenThrough):
    """
    A ledger that keeps what it has read, by kind; for one thread and one step.

    Args:
        ledger: The show's; it is written through to.
    """

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._rows: dict[str, list[Row]] = {}
        self._about: dict[tuple[str, str], tuple[int, dict[str, list[Row]]]] = {}
        """By kind and field: how many rows were looked at, and those of each value."""

    def rows(self, kind: str | None = None, *, after: int = 0) -> Iterator[Row]:
        """Yield rows above number ``after``, oldest first; those of one kind from memory."""
        if kind is None:
            yield from self._ledger.rows(after=after)
            return
        known = self._known(kind)
        yield from known[bisect_right(known, after, key=lambda row: row.number) :]

    def about(self, kind: str, field: str, value: str) -> Sequence[Row]:
        """Return the rows of ``kind`` whose body says ``value`` in ``field``, oldest first."""
        known = self._known(kind)
        looked_at, found = self._about.get((kind, field), (0, {}))
        for row in known[looked_at:]:
            if field in row.body:
                found.setdefault(row.body[field], []).append(row)
        self._about[kind, field] = (len(known), found)
        return tuple(found.get(value, ()))

    def _known(self, kind: str) -> list[Row]:
        known = self._rows.setdefault(kind, [])
        known += self._ledger.rows(kind, after=known[-1].number if known else 0)
        return known
