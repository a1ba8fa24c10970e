"""
Growth: what a painting costs by size, by number of references and by threads.

Each row is a process of its own, which paints with compiled code read from disk: CPU seconds
of its first painting, reading code, layouts and references made ready among them, and of the
two after it (their mean); its memory before and at its fullest while it first painted.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from patch import cases, material, painting
from patch.case import Case
from seamline import generators
from seamline.generators.patch.memory import give_back

BENCHMARKS = Path(__file__).parents[1]
HOLE = "hole-spruit"
"""From a panorama fine enough for 2K."""
RANGE = "whole-lake"
HOLE_PAN_DEG = 150.0
MORE_DEG = (130.0, 230.0, 105.0, 255.0)
"""Views besides the three of the case: they overlap these, never the plate."""
SIZES = (0.5, 1.0, 2.0)
REFERENCES = (1, 2, 4, 8)
THREADS = (1, 2)
NEXT_SEEDS = (2, 3)
FOUR = (1, 2, 3, 4)


def table(*, quick: bool) -> dict[str, dict[str, Any]]:
    """Return the rows, each printed when it is known; ``quick`` leaves 2K out."""
    rows: dict[str, dict[str, Any]] = {}

    def row(name: str, *words: str) -> None:
        rows[name] = _process(*words)
        print(json.dumps({name: rows[name]}), file=sys.stderr, flush=True)

    for which in (RANGE, HOLE):
        for scale in SIZES[: 2 if quick else 3]:
            row(f"{which} at {scale}", which, str(scale))
    for count in REFERENCES:
        row(f"{HOLE} from {count} references", HOLE, "1.0", "--references", str(count))
    for threads in THREADS:
        row(f"four of {RANGE}, {threads} threads", RANGE, "1.0", "--threads", str(threads))
    return rows


def _process(*words: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS), "patch", "--alone", *words],
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    said: dict[str, Any] = json.loads(done.stdout)
    return {name: value for name, value in said.items() if name != "benchmark"}


def alone(
    which: str, scale: float, *, references: int = 0, threads: int = 0
) -> Mapping[str, Any]:
    """
    Paint alone in this process; return memory before and at the fullest, and CPU seconds.

    Args:
        which: A case, ``hole-spruit``.
        scale: Of its usual size.
        references: How many, the plate counted; 0: the case's own.
        threads: Besides, four variations on so many, all made ready before; 0: none.
    """
    case = cases.make(*which.split("-", 1), scale=scale)
    if references:
        case = _with(case, references, scale)
    for kept in (material.panorama, material.photo):
        kept.cache_clear()
    gc.collect()
    give_back()
    before = _memory_mb("VmRSS")
    # Linux: forget the peak of making the case, which is not the painting's
    Path("/proc/self/clear_refs").write_text("5")
    backend = generators.load("patch")
    first = _cpu_s(case, 1, backend)
    found: dict[str, Any] = {
        "size": "x".join(str(n) for n in case.judged.shape[::-1]),
        "references": len(case.references),
        "before_mb": before,
        "peak_mb": _memory_mb("VmHWM"),
        "cpu_s": round(first, 2),
    }
    if threads:
        painting.paint_all(case, FOUR, backend=backend)
        begun, cpu = time.perf_counter(), time.process_time()
        painting.paint_all(case, FOUR, threads=threads, backend=backend)
        found["four_wall_s"] = round(time.perf_counter() - begun, 2)
        found["four_cpu_s"] = round(time.process_time() - cpu, 2)
    else:
        after = [_cpu_s(case, seed, backend) for seed in NEXT_SEEDS]
        found["next_cpu_s"] = round(sum(after) / len(after), 2)
    return found


def _cpu_s(case: Case, seed: int, backend: Any) -> float:
    asked = painting.ask(seed, backend, case)
    begun = time.process_time()
    backend.paint(asked, case.canvas, case.references, lambda share: None)
    return time.process_time() - begun


def _with(case: Case, count: int, scale: float) -> Case:
    """Return ``case`` with ``count`` references: views of its panorama, and the plate."""
    *others, plate = case.references
    if count - 1 > len(others):
        others += cases.views_besides(case.name, HOLE_PAN_DEG, MORE_DEG, scale=scale)
    return replace(case, references=[*others[: count - 1], plate])


def _memory_mb(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) // 1024
    raise AssertionError(name)
