"""
Run one benchmark by name and print its figures as one JSON object on stdout.

    python benchmarks NAME [WORDS]

A benchmark is a module or package beside this one with ``run() -> dict``; its first
paragraph says what it measures. One that can be told more takes the words after its name:
``run(words)``. Words and progress go to stderr.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent


def names() -> list[str]:
    """Return the names of the benchmarks, sorted."""
    packages = [p for p in HERE.glob("*/__init__.py") if "\ndef run(" in p.read_text()]
    found = [*HERE.glob("*.py"), *(p.parent for p in packages)]
    return sorted(p.stem for p in found if not p.stem.startswith("_"))


def main(words: list[str]) -> int:
    # make hands over one word: NAME="patch --quick"
    name, *more = (words[0].split() if len(words) == 1 else words) or [""]
    run = importlib.import_module(name).run if name in names() else None
    if run is None or (more and not inspect.signature(run).parameters.get("words")):
        print(
            f"Error: there is no benchmark called {' '.join([name, *more])!r}; there are "
            f"{', '.join(names())}",
            file=sys.stderr,
        )
        return 2
    with contextlib.redirect_stdout(sys.stderr):
        figures = run(more) if "words" in inspect.signature(run).parameters else run()
    print(json.dumps({"benchmark": name, **figures}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
