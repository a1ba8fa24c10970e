"""A benchmark in parts: each a module with ``figures() -> dict``, run alone when named."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def parts_of(package: str) -> list[str]:
    """Return the names of the parts of ``package``, sorted: its modules with ``figures``."""
    files = (Path(__file__).parent / package).glob("*.py")
    return sorted(p.stem for p in files if "\ndef figures(" in p.read_text())


def run_parts(package: str, words: Sequence[str]) -> dict[str, Any]:
    """Return the figures of every part of ``package``, or of those that ``words`` name."""
    known = parts_of(package)
    unknown = [word for word in words if word not in known]
    if unknown:
        sys.exit(f"Error: there is no part {unknown[0]!r}; there are {', '.join(known)}")
    found = words or known
    return {name: importlib.import_module(f"{package}.{name}").figures() for name in found}
