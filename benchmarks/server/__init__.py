"""
The server: what is on disk when it answers, who waits for whom, and two workers against one.

Each part is a module here with ``figures() -> dict``; words after the name run only the
parts they name: ``make bench NAME="server service"``. ``others`` are the figures that two
other systems were measured at on another machine of this size, quoted and not run here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from _parts import run_parts

OTHERS = {
    "ComfyUI": {
        "ready_s": [5.5, 11.9],
        "memory_mb": 464,
        "submit_p95_ms": 6.1,
        "durable": False,
        "after_kill_9": "none of 5 that waited left, 2 of 5 files cut short",
    },
    "Zou": {
        "list_100_shots_p95_ms": 1174,
        "read_one_ms": 240,
        "writes_per_s": 52,
        "write_p95_ms": 362,
        "says": "its rows carry far more than ours",
    },
}


def run(words: Sequence[str] = ()) -> dict[str, Any]:
    """Return the figures of every part, or of those that ``words`` name."""
    load = os.getloadavg()[0]
    found = run_parts("server", words)
    return {"load_before": round(load, 2), **found, "others": OTHERS}
