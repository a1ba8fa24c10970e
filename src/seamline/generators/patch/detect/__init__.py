"""
Detectors: what a compositor would send a painting back for, found before anybody sees it.

Each is one file with one function that looks at an ``Examined`` painting and returns a
``Found``: the finding (number, limit, unit, one sentence with the place) and where the
fault lies, so that the generator can repair it or take another seed. They read lineage
and alpha first and colour second: a fault of composition is certain there, where a
measure on colours alone would only guess. What a detector has no grounds to judge it
calls ``not checked``.

Verdicts decide which picture is painted, so they are computed like pixels: plain IEEE
arithmetic in a fixed order, the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable

from seamline.generators.patch.detect import (
    cut_ends,
    filler,
    floating,
    holes,
    notches,
    repeats,
    smears,
    straight,
    sun,
    verbatim,
    waterline,
)
from seamline.generators.patch.detect.examined import Examined, Found, Sight, sight
from seamline.show.review import Finding

__all__ = ["ALL", "Examined", "Found", "findings", "look"]

ALL: tuple[Callable[[Examined, Sight], Found], ...] = (
    floating.find,
    holes.find,
    cut_ends.find,
    notches.find,
    waterline.find,
    repeats.find,
    straight.find,
    smears.find,
    filler.find,
    verbatim.find,
    sun.find,
)


def look(painting: Examined) -> tuple[Found, ...]:
    """Return what every detector found, and where."""
    seen = sight(painting)
    return tuple(find(painting, seen) for find in ALL)


def findings(painting: Examined) -> tuple[Finding, ...]:
    """Return what every detector says."""
    return tuple(found.finding for found in look(painting))
