"""
Kinds of values in a document from outside, and how one breaks them.

A kind tells, for a value, nothing or the place and what is wrong there. Places are names
with dots between them; the items of a list are counted from 0.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Protocol

Broken = tuple[str, str]
"""The place of a value, dots between names, and what is wrong with it."""


class Kind(Protocol):
    """One kind of value."""

    def broken(self, value: Any, later: bool) -> Broken | None:
        """Return where and how ``value`` breaks it; ``later`` forgives unknown names."""
        ...


class Number:
    """A finite number; ``whole`` for integers."""

    def __init__(
        self,
        least: float = -math.inf,
        most: float = math.inf,
        *,
        above: float | None = None,
        whole: bool = False,
    ) -> None:
        self._least, self._most, self._above, self._whole = least, most, above, whole

    def broken(self, value: Any, later: bool) -> Broken | None:
        """Return how the number breaks its bounds."""
        kind = type(value)
        if kind is not int and not (kind is float and (not self._whole or value.is_integer())):
            return "", f"is {value!r:.60}, expected {self._expected()}"
        try:
            finite = math.isfinite(value)
        except OverflowError:
            finite = False
        if not finite:
            return "", "is no finite number"
        above = self._above is None or value > self._above
        if not (above and self._least <= value <= self._most):
            return "", f"is {value!r:.60}, expected {self._expected()}"
        return None

    def _expected(self) -> str:
        word = "a whole number" if self._whole else "a number"
        if self._above is not None:
            return f"{word} above {self._above:g}"
        if self._least > -math.inf and self._most < math.inf:
            return f"{word} from {self._least:g} to {self._most:.16g}"
        return f"{word} of at least {self._least:g}" if self._least > -math.inf else word


class Text:
    """A string: one of some words, of some pattern, or any that is not empty."""

    def __init__(self, *words: str, pattern: str = "") -> None:
        self._words, self._pattern = words, re.compile(pattern) if pattern else None

    def broken(self, value: Any, later: bool) -> Broken | None:
        """Return how the string breaks its pattern."""
        if not isinstance(value, str) or not 1 <= len(value) <= 1023:
            return "", f"is {value!r:.60}, expected a text of 1 to 1023 letters"
        if self._words and value not in self._words:
            return "", f"is {value!r:.60}, expected one of {', '.join(self._words)}"
        if self._pattern and not self._pattern.fullmatch(value):
            return "", f"is {value!r:.60}, expected the pattern {self._pattern.pattern}"
        return None


class Flag:
    """True or false."""

    def broken(self, value: Any, later: bool) -> Broken | None:
        """Return how it is neither."""
        return (
            None
            if isinstance(value, bool)
            else ("", f"is {value!r:.60}, expected true or false")
        )


class Several:
    """A list."""

    def __init__(self, kind: Kind, least: int = 0, most: int = 1 << 30) -> None:
        self._kind, self._least, self._most = kind, least, most

    def broken(self, value: Any, later: bool) -> Broken | None:
        """Return the first broken item."""
        if not isinstance(value, list):
            return "", f"is {value!r:.60}, expected a list"
        if not self._least <= len(value) <= self._most:
            return "", f"has {len(value)} values, expected at least {self._least}"
        for number, item in enumerate(value):
            found = self._kind.broken(item, later)
            if found:
                return below(str(number), found)
        return None


class Names:
    """An object: names with their kinds, some of them required."""

    def __init__(
        self,
        required: tuple[str, ...] = (),
        *,
        any_of: bool = False,
        also: Mapping[str, Kind] | None = None,
        **kinds: Kind,
    ) -> None:
        self._kinds: Mapping[str, Kind] = {**kinds, **(also or {})}
        self._required, self._any_of = required, any_of

    def broken(self, value: Any, later: bool) -> Broken | None:
        """Return the first broken, missing or unknown name."""
        if not isinstance(value, dict):
            return "", f"is {value!r:.60}, expected names and values"
        for name in self._required:
            if name not in value:
                return name, "is missing"
        if self._any_of and not any(name in value for name in self._kinds):
            return "", f"has none of {', '.join(self._kinds)}"
        for name, inner in value.items():
            kind = self._kinds.get(name)
            if kind is None:
                if later:
                    continue
                return f"{name!s:.60}", "is not in the schema"
            found = kind.broken(inner, later)
            if found:
                return below(name, found)
        return None


def below(name: str, found: Broken) -> Broken:
    """Return what is broken inside the value called ``name``, seen from outside."""
    place, says = found
    return (f"{name}.{place}" if place else name), says
