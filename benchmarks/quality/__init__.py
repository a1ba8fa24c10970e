"""
Quality: how near measures come to what is true, on material that nothing was tuned on.

The same as the benchmark ``match``, which lists the parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def run(words: Sequence[str] = ()) -> dict[str, Any]:
    """Return the figures of ``match``."""
    import match

    return match.run(words)
