"""
Names: how a show, a shot and an element are called, in the shell, in JSON and on disk.

An element is called ``SHOT_ELEMENT_bNN_vNNN``: b counts the variations of a
shot, v the versions of one variation. Published versions are immutable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from seamline.errors import ShowError

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_ELEMENT = re.compile(
    r"(?P<shot>[A-Za-z0-9][A-Za-z0-9_-]*)_(?P<element>[a-z][a-z0-9]*)"
    r"_b(?P<variation>\d{2,})_v(?P<version>\d{3,})"
)


def checked_name(text: str, *, what: str) -> str:
    """Return ``text`` if it can be a name on every file system in use, or refuse it."""
    if not _WORD.fullmatch(text):
        raise ShowError(
            f"{what} {text!r} is not a usable name",
            remedy="Use letters, digits, _ and -, at most 64, a letter or digit first.",
        )
    return text


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ElementId:
    """One version of one variation of one element of one shot."""

    shot: str
    element: str
    variation: int
    version: int

    def __str__(self) -> str:
        return f"{self.shot}_{self.element}_b{self.variation:02d}_v{self.version:03d}"

    @classmethod
    def parse(cls, text: str) -> ElementId:
        """Read ``042_0110_env_b03_v001``; anything else is refused."""
        found = _ELEMENT.fullmatch(text)
        if not found:
            raise ShowError(
                f"{text!r} is not an element id",
                remedy="An id looks like DEMO_010_env_b03_v001; `seamline paint --json` "
                "and the review sheet name them.",
            )
        return cls(
            shot=found["shot"],
            element=found["element"],
            variation=int(found["variation"]),
            version=int(found["version"]),
        )
