"""Tables of a settings file: every question names file, table and key when it fails."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seamline.errors import ShowError


@dataclass(frozen=True, slots=True)
class Table:
    """
    One table, and which.

    Attributes:
        title: As it stands between brackets: ``colour.defaults``; empty for the top.
        values: What it holds.
        path: The file it was read from.
    """

    title: str
    values: Mapping[str, Any]
    path: str

    def only(self, *known: str) -> None:
        """Raise ShowError for a key that is not ``known``, with the nearest one that is."""
        for key in self.values:
            if key not in known:
                close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
                meant = f"did you mean {close[0]!r}?" if close else "there is no such setting"
                raise ShowError(
                    f"{self.path}: {self._named(key)} is not known; {meant}",
                    remedy=f"Known here: {', '.join(known)}.",
                )

    def table(self, key: str) -> Table:
        """Return the table ``key``; an empty one if it is not there."""
        values = self.values.get(key, {})
        if not isinstance(values, dict):
            raise self.wrong(key, f"a table: [{key}]")
        title = f"{self.title}.{key}" if self.title else key
        return Table(title, values, self.path)

    def text(self, key: str, usual: str | None = None) -> str:
        """Return the words under ``key``, or ``usual``; ShowError without either."""
        value = self.values.get(key, usual)
        if not isinstance(value, str) or not value:
            raise self.wrong(key, "words between quotes")
        return value

    def whole_number(self, key: str, usual: int, *, most: int) -> int:
        """Return the whole number under ``key``, from 1 to ``most``."""
        value = self.values.get(key, usual)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise self.wrong(key, f"a whole number from 1 to {most}")
        return value

    def number(self, key: str, usual: float, *, most: float) -> float:
        """Return the number under ``key``, above 0 and up to ``most``."""
        value = self.values.get(key, usual)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not 0 < value <= most
        ):
            raise self.wrong(key, f"a number above 0, up to {most:g}")
        return float(value)

    def wrong(self, key: str, expected: str) -> ShowError:
        """Return the error that says what stands under ``key``, and what should."""
        found = repr(self.values[key]) if key in self.values else "missing"
        return ShowError(
            f"{self.path}: {self._named(key)} is {found}, expected {expected}",
            remedy="Correct it in the file.",
        )

    def _named(self, key: str) -> str:
        return f"[{self.title}] {key}" if self.title else key
