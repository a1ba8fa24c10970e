"""
Match: light, colour, locks and grain, each against what is true of it.

Every part is a module of ``quality`` with ``run(words) -> dict``; its first paragraphs are
its protocol, split and seeds.

    python benchmarks match                     every part
    python benchmarks match light --count 4     one of them, told more
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Sequence
from typing import Any

PARTS = {
    "light": "quality.light",
    "colour": "quality.colour",
    "lock": "quality.lock",
    "grain": "quality.grain",
    "margin": "quality.margin",
    "matte": "quality.matte",
    "detection": "quality.detection",
    "cost": "quality.qc_cost",
    "laying": "quality.laying",
}


def run(words: Sequence[str] = ()) -> dict[str, Any]:
    """Return the figures of every part, or of the one that is named first."""
    chosen = [words[0]] if words else list(PARTS)
    if chosen[0] not in PARTS:
        raise SystemExit(f"Error: match has no part {chosen[0]!r}; it has {', '.join(PARTS)}")
    figures: dict[str, Any] = {}
    for name in chosen:
        print(f"== {name}", file=sys.stderr, flush=True)
        began = time.perf_counter()
        figures[name] = importlib.import_module(PARTS[name]).run(list(words[1:]))
        figures[name]["wall_s"] = round(time.perf_counter() - began, 1)
    return figures
