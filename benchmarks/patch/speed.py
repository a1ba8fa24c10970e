"""What a painting costs: by size, by references, by threads; in CPU seconds and memory."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from patch import cases, material, painting
from seamline import generators
from seamline.fast import reproject
from seamline.generators.patch.memory import give_back
from seamline.optics.rotation import from_pan_tilt_roll

BENCHMARKS = Path(__file__).parents[1]
PLATE = ("hole", "spruit")
"""Four references, from a panorama fine enough for 2K."""
RANGE = ("whole", "lake")
TWO_K = 2.0
REPEATS = 5
FOUR = (1, 2, 3, 4)


def run(*, quick: bool) -> dict[str, Any]:
    """Return the figures of the speed table; ``quick`` leaves 2K out."""
    sizes = (0.5, 1.0) if quick else (0.5, 1.0, TWO_K)
    figures: dict[str, Any] = {
        "cpu_s_by_size": {_size(s): _cpu(cases.make(*PLATE, scale=s)) for s in sizes},
        "cpu_s_by_references": _by_references(),
        "four_by_threads": _by_threads(cases.make(*RANGE)),
        "first_coarse": _coarse(cases.make(*RANGE)),
        "reproject_2k_cpu_ms": _reproject_ms(),
    }
    if not quick:
        large = cases.make(*RANGE, scale=TWO_K)
        figures["whole_2k_cpu_s"] = _cpu(large)
        figures["twelve_2k_wall_s"] = _twelve(large)
        figures["peak_mb_2k"] = {"-".join(w): _peak_mb(*w, TWO_K) for w in (PLATE, RANGE)}
    return figures


def _size(scale: float) -> str:
    return f"{round(cases.WIDE_PX * scale)}x{round(cases.WIDE_PX * scale * 9 / 16)}"


def _cpu(case: cases.Case) -> float:
    backend = generators.load("patch")
    painting.paint(case, 1, backend)  # compiles, and makes the references ready
    return round(float(np.median([painting.paint(case, s, backend).cpu_s for s in (2, 3)])), 2)


def _by_references() -> dict[str, float]:
    from dataclasses import replace

    case = cases.make(*PLATE)
    *others, plate = case.references
    return {
        str(n + 1): _cpu(replace(case, references=[*others[:n], plate]))
        for n in range(len(others) + 1)
    }


def _by_threads(case: cases.Case) -> dict[str, dict[str, float]]:
    """Return wall and CPU seconds of four paintings on one thread and on two; see the load."""
    painting.paint_all(case, seeds=FOUR, threads=1)  # compiles, and makes references ready
    found = {}
    for threads in (1, 2):
        begun, cpu = time.perf_counter(), time.process_time()
        painting.paint_all(case, seeds=FOUR, threads=threads)
        found[str(threads)] = {
            "wall_s": round(time.perf_counter() - begun, 2),
            "cpu_s": round(time.process_time() - cpu, 2),
        }
    return found


def _coarse(case: cases.Case) -> dict[str, Any]:
    """Return how long the sketches of twelve variations take, from nothing made ready."""
    backend: Any = generators.load("patch")
    if not hasattr(backend, "sketch"):
        return {"offered": False}
    begun, cpu = time.perf_counter(), time.process_time()
    made = [
        backend.sketch(painting.ask(s, backend, case), case.canvas, case.references, 4)
        for s in painting.SEEDS
    ]
    return {
        "offered": True,
        "sketched": sum(m is not None for m in made),
        "wall_s": round(time.perf_counter() - begun, 2),
        "cpu_s": round(time.process_time() - cpu, 2),
    }


def _twelve(case: cases.Case) -> float:
    begun = time.perf_counter()
    painting.paint_all(case, threads=2)
    return round(time.perf_counter() - begun, 1)


def _peak_mb(task: str, name: str, scale: float) -> int:
    """Return the peak of a process that paints one variation and nothing else."""
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS), "patch", "--alone", f"{task}-{name}", str(scale)],
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    return int(json.loads(done.stdout)["peak_mb"])


def alone(which: str, scale: float) -> dict[str, Any]:
    """Paint one variation; return this process's memory before, and its peak while painting."""
    case = cases.make(*which.split("-", 1), scale=scale)
    for kept in (material.panorama, material.photo):
        kept.cache_clear()
    gc.collect()
    give_back()
    before = _memory_mb("VmRSS")
    # Linux: forget the peak of making the case, which is not the painting's
    Path("/proc/self/clear_refs").write_text("5")
    backend = generators.load("patch")
    asked = painting.ask(1, backend, case)
    begun = time.process_time()
    backend.paint(asked, case.canvas, case.references, lambda share: None)
    took, peak = time.process_time() - begun, _memory_mb("VmHWM")
    return {"before_mb": before, "peak_mb": peak, "cpu_s": round(took, 2)}


def _memory_mb(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) // 1024
    raise AssertionError(name)


def _reproject_ms() -> float:
    """Return the CPU milliseconds of one shutter sample of a 2048 x 1152 frame, one thread."""
    width, height, focal = 2048, 1152, 2200.0
    rng = np.random.default_rng(1)
    canvas = rng.random((1400, 2400, 4), dtype=np.float32)
    rotation = np.asarray(from_pan_tilt_roll(0.5, 0.2))[None]
    took = []
    for _ in range(REPEATS):
        begun = time.process_time()
        reproject.reproject_sphere(
            canvas, rotation, longitude_left_rad=-1200 / focal, latitude_top_rad=700 / focal,
            px_per_rad=focal, focal_px=(focal, focal), centre_px=(width / 2, height / 2),
            width_px=width, height_px=height,
        )  # fmt: skip
        took.append(time.process_time() - begun)
    return round(min(took) * 1000, 1)
