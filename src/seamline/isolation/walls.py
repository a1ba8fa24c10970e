"""
Which walls stand around a child, told from what the child found when it put them up.

A show says how much it wants (``isolation`` in ``show.toml``): ``required`` refuses to work
where one of them is missing, ``preferred`` works behind those that there are, ``off`` puts
up none. Whatever it was stands in the record of what was made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seamline.errors import IsolationError
from seamline.isolation.sight import Sight

WALLS = ("network", "files", "processes", "system calls", "limits")
REQUIRED, PREFERRED, OFF = "required", "preferred", "off"
WANTED = (REQUIRED, PREFERRED, OFF)

_SIGNALS_STAY = 6
"""The ABI of Landlock from which signals do not leave either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walls:
    """What stands around a child."""

    standing: tuple[str, ...]
    """Of ``WALLS``, in that order."""
    by: tuple[str, ...]
    """What holds them: ``bubblewrap``, ``namespaces``, ``Landlock 7``, ``seccomp``."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Those that do not stand."""
        return tuple(wall for wall in WALLS if wall not in self.standing)

    @property
    def says(self) -> str:
        """The word for records: what holds, and what is missing."""
        if self.by == ("limits",):
            return "limits only"
        gaps = f"; not walled: {', '.join(self.missing)}" if self.missing else ""
        return ", ".join(self.by) + gaps


def walls_of(found: Mapping[str, Any], sight: Sight) -> Walls:
    """
    Return the walls that a child's own findings amount to.

    Args:
        found: What ``inside`` found: namespaces that are its own, Landlock's ABI and whether
            it holds reading, the filter.
        sight: What the child was to see.
    """
    landlock, seccomp = int(found.get("landlock", 0)), bool(found.get("seccomp"))
    mounts = bool(found.get("mounts"))
    reading = bool(landlock and found.get("reading")) and not sight.hands_in_files
    stands = {
        "network": bool(found.get("net")) or seccomp,
        "files": mounts or reading,
        "processes": bool(found.get("pid")) or landlock >= _SIGNALS_STAY,
        "system calls": seccomp,
        "limits": True,
    }
    by = {
        "bubblewrap": mounts,
        "namespaces": bool(found.get("net")) and not mounts,
        f"Landlock {landlock}": landlock > 0,
        "seccomp": seccomp,
        "limits": True,
    }
    return Walls(
        standing=tuple(wall for wall in WALLS if stands[wall]),
        by=tuple(name for name, holds in by.items() if holds),
    )


def require(walls: Walls, wanted: str, what: str) -> None:
    """
    Refuse ``what`` where the show requires walls that do not stand.

    Raises:
        IsolationError: One is missing, and ``wanted`` is ``required``.
    """
    if wanted == REQUIRED and walls.missing:
        raise IsolationError(
            f'show.toml says isolation = "required", and a child that {what} is not walled '
            f"here against: {', '.join(walls.missing)}",
            remedy="Install bubblewrap and allow user namespaces (seamline doctor says what "
            'stands), or set isolation = "preferred" for this show.',
        )
