"""
Where people meet the film: the review page in a browser.

Each part is a module here with ``figures() -> dict``; words after the name run only the
parts they name: ``make bench NAME="hosts page"``.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def parts() -> list[str]:
    """Return the names of the parts, sorted: the modules that have ``figures``."""
    files = Path(__file__).parent.glob("*.py")
    return sorted(p.stem for p in files if "\ndef figures(" in p.read_text())


def run(words: Sequence[str] = ()) -> dict[str, Any]:
    """Return the figures of every part, or of those that ``words`` name."""
    unknown = [word for word in words if word not in parts()]
    if unknown:
        sys.exit(f"Error: there is no part {unknown[0]!r}; there are {', '.join(parts())}")
    return {
        name: importlib.import_module(f"hosts.{name}").figures() for name in words or parts()
    }
