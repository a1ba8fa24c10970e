"""
Every door a film uses: pictures, cameras, lenses, travel and what goes out.

Each part is a module here with ``figures() -> dict``; words after the name run only the
parts they name: ``make bench NAME="doors pictures"``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from _parts import run_parts


def run(words: Sequence[str] = ()) -> dict[str, Any]:
    """Return the figures of every part, or of those that ``words`` name."""
    return run_parts("doors", words)
