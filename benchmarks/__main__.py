"""
Run one benchmark by name and print its figures as one JSON object on stdout.

    python benchmarks NAME

A benchmark is a module beside this one with ``run() -> dict``; its first paragraph
says what it measures. Words and progress go to stderr.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent


def names() -> list[str]:
    """Return the names of the benchmarks, sorted."""
    return sorted(p.stem for p in HERE.glob("*.py") if not p.stem.startswith("_"))


def main(words: list[str]) -> int:
    name = words[0] if len(words) == 1 else ""
    if name not in names():
        print(
            f"Error: there is no benchmark called {name!r}; there are {', '.join(names())}",
            file=sys.stderr,
        )
        return 2
    with contextlib.redirect_stdout(sys.stderr):
        figures = importlib.import_module(name).run()
    print(json.dumps({"benchmark": name, **figures}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
