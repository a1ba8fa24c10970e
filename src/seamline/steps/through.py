"""A ledger that is read in a way of its own, and written through to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from seamline.ports import Ledger, Row


class WrittenThrough:
    """
    What every ledger over another does alike: it hands on what is written.

    Args:
        ledger: The one that is written to.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def append(self, kind: str, body: Mapping[str, Any], *, by: str = "") -> Row:
        """Write one row, durable on return."""
        return self._ledger.append(kind, body, by=by)

    def append_once(self, kind: str, key: str, body: Mapping[str, Any], *, by: str = "") -> Row:
        """Write one row unless one of ``kind`` with ``key`` stands already; return that row."""
        return self._ledger.append_once(kind, key, body, by=by)

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
        return self._ledger.append_unless(
            kind, key, body, after=after, kinds=kinds, overtaken=overtaken
        )

    def verify(self) -> int:
        """Walk the chain; return the number of rows."""
        return self._ledger.verify()
