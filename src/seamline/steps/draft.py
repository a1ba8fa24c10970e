"""
A draft: rows that are written together when all is well, or not at all.

What reads the ledger through a draft sees its rows as if they stood. Between two of them
a killed process may stop; everything that writes through a draft can be run again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from seamline.ports import Ledger, Row
from seamline.show.record import canonical
from seamline.steps.remembered import about, saying


class Draft:
    """A ledger whose new rows wait for ``publish``."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: list[tuple[Row, str | None, str]] = []

    def append(self, kind: str, body: Mapping[str, Any], *, by: str = "") -> Row:
        """Keep one row until ``publish``; it has no number and no hash yet."""
        return self._keep(kind, None, body, by)

    def append_once(self, kind: str, key: str, body: Mapping[str, Any], *, by: str = "") -> Row:
        """Keep one row with ``key``; where one stands, ``publish`` leaves it alone."""
        for row, other, _ in self._waiting:
            if (row.kind, other) == (kind, key):
                return row
        return self._keep(kind, key, body, by)

    def append_unless(
        self,
        kind: str,
        key: str,
        body: Mapping[str, Any],
        *,
        after: int,
        kinds: Collection[str],
        overtaken: Callable[[Row], bool],
    ) -> Row | None:
        """Keep one row with ``key`` unless it is overtaken now; None then."""
        standing = (*self._ledger.rows(after=after), *(row for row, _, _ in self._waiting))
        if any(row.kind in kinds and overtaken(row) for row in standing):
            return None
        return self.append_once(kind, key, body)

    def rows(self, kind: str | None = None, *, after: int = 0) -> Iterator[Row]:
        """Yield the rows that stand, above number ``after``, then all that wait."""
        yield from self._ledger.rows(kind, after=after)
        yield from (row for row, _, _ in self._waiting if kind in (None, row.kind))

    def about(self, kind: str, field: str, value: str) -> Sequence[Row]:
        """Return the rows of ``kind`` whose body says ``value`` in ``field``, oldest first."""
        waiting = (row for row, _, _ in self._waiting if row.kind == kind)
        return (*about(self._ledger, kind, field, value), *saying(waiting, field, value))

    @property
    def waiting(self) -> tuple[str, ...]:
        """Kinds of the rows that wait, in order."""
        return tuple(row.kind for row, _, _ in self._waiting)

    def verify(self) -> int:
        """Verify the ledger behind; what waits does not count."""
        return self._ledger.verify()

    def publish(self) -> list[Row]:
        """Write what waits, in order; return the rows as they stand."""
        written = []
        for row, key, by in self._waiting:
            if key is None:
                written.append(self._ledger.append(row.kind, row.body, by=by))
            else:
                written.append(self._ledger.append_once(row.kind, key, row.body, by=by))
        self._waiting.clear()
        return written

    def _keep(self, kind: str, key: str | None, body: Mapping[str, Any], by: str) -> Row:
        row = Row(number=0, kind=kind, body=body, stored=canonical(body), hash="")
        self._waiting.append((row, key, by))
        return row
