"""
How long it takes to import the package and the shell, over the bare interpreter.

Best of 15 fresh processes each, milliseconds; the best, because everything else on
the machine can only add. House limits: seamline 20 ms, seamline.cli 60 ms.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

RUNS = 15
MODULES = ("seamline", "seamline.cli")


def run(runs: int = RUNS) -> dict[str, Any]:
    bare = _best_ms("pass", runs)
    return {
        "runs": runs,
        "bare_interpreter_ms": round(bare, 1),
        "over_the_bare_interpreter_ms": {
            name: round(_best_ms(f"import {name}", runs) - bare, 1) for name in MODULES
        },
    }


def _best_ms(code: str, runs: int) -> float:
    took = []
    for _ in range(runs):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        took.append(time.perf_counter() - begun)
    return min(took) * 1000
