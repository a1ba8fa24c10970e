"""
Match: how near what was made comes to what was photographed, part by part.

    python benchmarks match                       every part
    python benchmarks match --only grain          one part
    python benchmarks match --quick               fewer plates in each

Each part is a module in ``quality`` with ``run(words) -> dict``; its first paragraph says
what it measures, and its protocol, split and seeds.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Any

PARTS = {
    "grain": "quality.grain",
}


def run(words: Sequence[str] = ()) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python benchmarks match")
    parser.add_argument("--only", action="append", default=[], choices=sorted(PARTS))
    said, rest = parser.parse_known_args(list(words))
    figures: dict[str, Any] = {}
    for name in said.only or PARTS:
        print(f"== {name}", file=sys.stderr, flush=True)
        figures[name] = importlib.import_module(PARTS[name]).run(rest)
    return figures
