"""
A ledger that is read often: what it said is kept, and only what is new is looked for.

Rows never change, so what was read stays true; what others wrote since is seen after
``FRESH_S`` at the latest, what this process wrote at once. Kinds whose rows would take more
memory than ``MOST_BYTES`` are not kept, and are read from the book each time.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from seamline.ports import Ledger, Row

FRESH_S = 0.02
"""As long as this what another process wrote may not be seen: less than a request takes."""
MOST_BYTES = 6 * 1024 * 1024
"""Of rows as they are stored; read, they take about four times as much memory."""


class _Kind:
    """The rows of one kind, as far as they were read."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.rows: list[Row] = []
        self.numbers: list[int] = []
        self.looked_at = float("-inf")
        self.written = 0
        self.is_kept = True


class KeptLedger:
    """
    A ledger with a memory; safe for many threads.

    Args:
        ledger: What is read, and written through to.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._lock = ledger, threading.Lock()
        self._kinds: dict[str, _Kind] = {}
        self._bytes = 0

    def append(self, kind: str, body: Mapping[str, Any], *, by: str = "") -> Row:
        """Write one row, durable on return."""
        return self._written(self._ledger.append(kind, body, by=by))

    def append_once(self, kind: str, key: str, body: Mapping[str, Any], *, by: str = "") -> Row:
        """Write one row unless one of ``kind`` with ``key`` stands already; return that row."""
        return self._written(self._ledger.append_once(kind, key, body, by=by))

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
        """Write one row as ``append_once`` does, unless it was overtaken; None then."""
        row = self._ledger.append_unless(
            kind, key, body, after=after, kinds=kinds, overtaken=overtaken
        )
        return self._written(row) if row else None

    def rows(self, kind: str | None = None, *, after: int = 0) -> Iterator[Row]:
        """Yield rows above number ``after``, oldest first."""
        if kind is None:
            yield from self._ledger.rows(after=after)
            return
        kept = self._of(kind)
        with kept.lock:
            self._look(kind, kept)
            is_kept, rows, numbers = kept.is_kept, kept.rows, kept.numbers
            end = len(numbers)
        if is_kept:
            # Only ever added to, behind ``end``.
            yield from rows[bisect_right(numbers, after, 0, end) : end]
        else:
            yield from self._ledger.rows(kind, after=after)

    def verify(self) -> int:
        """Walk the chain; return the number of rows."""
        return self._ledger.verify()

    def _of(self, kind: str) -> _Kind:
        with self._lock:
            return self._kinds.setdefault(kind, _Kind())

    def _written(self, row: Row) -> Row:
        kept = self._of(row.kind)
        with self._lock:
            kept.written += 1
            kept.looked_at = float("-inf")
        return row

    def _look(self, kind: str, kept: _Kind) -> None:
        now, written = time.monotonic(), kept.written
        if not kept.is_kept or now - kept.looked_at < FRESH_S:
            return
        for row in self._ledger.rows(kind, after=kept.numbers[-1] if kept.numbers else 0):
            self._bytes += len(row.stored)
            if self._bytes > MOST_BYTES:
                self._bytes -= len(row.stored) + sum(len(old.stored) for old in kept.rows)
                kept.is_kept, kept.rows, kept.numbers = False, [], []
                return
            kept.rows.append(row)
            kept.numbers.append(row.number)
        with self._lock:
            if kept.written == written:  # else somebody wrote while it was looked
                kept.looked_at = now
