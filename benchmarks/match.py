"""
Match: light, colour, locks, grain and QC, each against what is true of it.

Every part is a module of ``quality`` with ``run(words) -> dict``; its first paragraphs are
its protocol, split and seeds. Each runs in a process of its own: what one holds in memory, or
where one fails, is nothing to the others. What one told stands in ``build/bench-match`` as soon
as it is done; a part that failed says so in its place, and the whole ends with 1.

    python benchmarks match                     every part: half an hour of CPU and more
    python benchmarks match --quick             every part, small: some ten minutes of CPU
    python benchmarks match light --count 4     one of them, in this process, told more
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
KEPT = HERE.parent / "build" / "bench-match"
PARTS = {
    "light": "quality.light",
    "colour": "quality.colour",
    "lock": "quality.lock",
    "layers": "quality.layers",
    "grain": "quality.grain",
    "margin": "quality.margin",
    "references": "quality.references",
    "matte": "quality.matte",
    "detection": "quality.detection",
    "smear": "quality.smear",
    "cost": "quality.qc_cost",
    "laying": "quality.laying",
}
QUICK = {
    "light": ("--count", "1"),
    "colour": ("--count", "1"),
    "grain": ("--quick", "--no-speed"),
    "margin": ("recovery", "--count", "1", "--seeds", "1"),
    "references": ("--quick",),
    "detection": ("--count", "1"),
    "smear": ("--count", "1"),
    "cost": ("--only", "2K"),
}
"""What the parts are told with ``--quick``: their figures are of too few cases to be quoted."""


def run(words: Sequence[str] = ()) -> dict[str, Any]:
    """Return the figures of every part, or of the one that is named first."""
    if words and words[0] != "--quick":
        if words[0] not in PARTS:
            raise SystemExit(
                f"Error: match has no part {words[0]!r}; it has {', '.join(PARTS)}"
            )
        return {words[0]: alone(words[0], words[1:])}
    quick = bool(words)
    figures = {name: apart(name, QUICK.get(name, ()) if quick else ()) for name in PARTS}
    failed = [name for name, told in figures.items() if "failed" in told]
    if failed:
        print(json.dumps(figures), file=sys.stderr)
        raise SystemExit(f"Error: these parts of match failed: {', '.join(failed)}")
    return {"quick": quick, **figures}


def alone(name: str, words: Sequence[str]) -> dict[str, Any]:
    """Return the figures of one part, run here, with its seconds on the clock and of CPU."""
    print(f"== {name}", file=sys.stderr, flush=True)
    clock, cpu = time.perf_counter(), time.process_time()
    told: dict[str, Any] = importlib.import_module(PARTS[name]).run(list(words))
    return told | {
        "wall_s": round(time.perf_counter() - clock, 1),
        "cpu_s of all": round(time.process_time() - cpu, 1),
    }


def apart(name: str, words: Sequence[str]) -> dict[str, Any]:
    """Return the figures of one part, run in a process of its own; ``failed`` if it did."""
    command = [sys.executable, str(HERE), "match", name, *words]
    # words and progress go straight on: half an hour of silence looks like a fault
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return {"failed": f"{' '.join(command)} ended with {done.returncode}"}
    told: dict[str, Any] = json.loads(done.stdout)[name]
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n")
    return told
