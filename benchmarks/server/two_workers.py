"""
Two workers against one on the demo shot: one ask of twelve variations, each on its own core.

One ``seamline work`` pinned to a core does an ask; then, in another folder with the same
material, two that are pinned to a core each do the same ask between them. Both paint the
same bits. Wall seconds need cores that nobody else uses: ``load_before`` says how it was,
and ``share`` is what the two used of the processor over what one did, which other programs
disturb less: with it, ``at_rest`` is how many times as fast two would be with nobody else
at work; ``evenly`` is the same if what they do were shared out to the second. Each run has a
cache of its own for what is laid out for painters: neither finds what the other made.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from seamline import demo_show, errors, wiring
from seamline.fast import cache_folder
from seamline.steps import book, queue
from seamline.steps.work import queue_painting

VARIATIONS, FRAMES, SIZE = 12, "1001-1008", (960, 540)
TRIES = 200
PACKAGE = Path(errors.__file__).parent


def figures() -> dict[str, Any]:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return {"skipped": "two cores are needed"}
    with tempfile.TemporaryDirectory(prefix="seamline-bench-") as folder:
        one = _done(f"{folder}/one", cores[:1])
        two = _done(f"{folder}/two", cores[:2])
    if one["digests"] != two["digests"]:
        raise SystemExit("Error: two workers made other pixels than one")
    longest_s = max(two["cpu_s"])
    return {
        "variations": VARIATIONS,
        "frames": FRAMES,
        "size": "{}x{}".format(*SIZE),
        "one_s": one["wall_s"],
        "two_s": two["wall_s"],
        "times": round(one["wall_s"] / two["wall_s"], 2),
        "one_cpu_s": one["cpu_s"],
        "two_cpu_s": two["cpu_s"],
        "share": round(sum(two["cpu_s"]) / sum(one["cpu_s"]), 3),
        "at_rest": round(sum(one["cpu_s"]) / longest_s, 2),
        "evenly": round(2 * sum(one["cpu_s"]) / sum(two["cpu_s"]), 2),
        "same_bits": True,
        "cpu_s_on_record": [one["recorded_s"], two["recorded_s"]],
    }


def _done(show: str, cores: list[int]) -> dict[str, Any]:
    studio = demo_show.taken_in(show, frames=FRAMES, size=SIZE, threads=1)
    ask = queue_painting(
        studio,
        demo_show.SHOT,
        wiring.person(studio),
        variations=VARIATIONS,
        seed=1,
        generator="patch",
    )
    begun = time.perf_counter()
    running = [_worker(show, ask.id, core) for core in cores]
    spent = [_ended(show, ask.id, core, run) for core, run in zip(cores, running, strict=True)]
    wall_s = time.perf_counter() - begun
    found = queue.find(studio.ledger, ask.id)
    if not found.published:
        raise SystemExit(f"Error: the ask is {found.standing}")
    versions = book.versions(studio.ledger, demo_show.SHOT)
    return {
        "wall_s": round(wall_s, 1),
        "cpu_s": [round(s, 1) for s in spent],
        "recorded_s": round(found.cpu_s, 1),
        "digests": {v.id: (v.element_digest, v.comp_digest) for v in versions},
    }


def _worker(show: str, ask: str, core: int) -> subprocess.Popen[bytes]:
    words = ["work", ask, "--show", show, "--threads", "1", "--json"]
    line = ["taskset", "-c", str(core), sys.executable, "-m", "seamline.cli", *words]
    # Compiled code is there for both; what is laid out for painters for neither.
    compiled = os.environ.get("NUMBA_CACHE_DIR") or str(cache_folder(PACKAGE))
    env = {**os.environ, "XDG_CACHE_HOME": f"{show}/cache", "NUMBA_CACHE_DIR": compiled}
    return subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)


def _ended(show: str, ask: str, core: int, run: subprocess.Popen[bytes]) -> float:
    """Wait for a worker, run it again where it says so; return its processor seconds."""
    spent_s = 0.0
    for _ in range(TRIES):
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
        spent_s += used.ru_utime + used.ru_stime
        if run.returncode == 0:
            return spent_s
        if run.returncode != 4:
            raise SystemExit(f"Error: a worker ended with {run.returncode}")
        time.sleep(0.5)
        run = _worker(show, ask, core)
    raise SystemExit(f"Error: {json.dumps(ask)} was not done")
