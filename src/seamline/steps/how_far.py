"""How far a painting is, in words: which variation, and which level of which layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

from seamline.ports import Levels


class Telling:
    """
    Levels that say when one of them is begun.

    Args:
        levels: Where they are kept.
        tell: Called with the layer, the level and of how many, from 1.
    """

    def __init__(self, levels: Levels, tell: Callable[[str, int, int], None]) -> None:
        self._levels, self._tell = levels, tell
        self.every_s = levels.every_s

    def begins(self, stage: str, level: int, of: int) -> None:
        """Say which level of ``stage`` is begun, 1 to ``of``."""
        self._tell(stage, level, of)
        self._levels.begins(stage, level, of)

    def found(self, stage: str) -> Mapping[str, NDArray[Any]]:
        """Return the planes that were kept last under ``stage``; none where there are none."""
        return self._levels.found(stage)

    def keep(self, stage: str, planes: Mapping[str, NDArray[Any]]) -> None:
        """Keep ``planes`` under ``stage``, in the place of what was kept there."""
        self._levels.keep(stage, planes)

    def done(self) -> None:
        """Let go of what was kept: the painting stands."""
        self._levels.done()


def level_words(shot: str, place: int, count: int, stage: str, level: int, of: int) -> str:
    """Return ``SHOT: painting variation 3 of 12, sky, level 4 of 6``."""
    return f"{shot}: painting variation {place} of {count}, {stage}, level {level} of {of}"
