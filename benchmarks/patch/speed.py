"""
What a painting costs: alone in a process by size, references and threads (``growth``); twelve
together, twelve sketches, and one frame seen through its camera.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

from patch import cases, growth, painting
from patch.case import Case
from seamline import generators
from seamline.fast import reproject
from seamline.optics.rotation import from_pan_tilt_roll

RANGE = ("whole", "lake")
SKETCHED = (RANGE, ("whole", "rooftops"), ("sky", "dunes"), ("hole", "lake"))
"""Composed of cards; a picture laid out whole; skies of panoramas; a hole."""
TWO_K = 2.0
REPEATS = 5


def run(*, quick: bool) -> dict[str, Any]:
    """Return the figures of the speed table; ``quick`` leaves 2K out."""
    figures: dict[str, Any] = {
        "growth": growth.table(quick=quick),
        "first_coarse": {"-".join(w): _coarse(cases.make(*w)) for w in SKETCHED},
        "reproject_2k_cpu_ms": _reproject_ms(),
    }
    print(figures["first_coarse"], file=sys.stderr, flush=True)
    if not quick:
        figures["twelve_2k_wall_s"] = _twelve(cases.make(*RANGE, scale=TWO_K))
    return figures


def _coarse(case: Case) -> dict[str, Any]:
    """
    Return how long the first pictures of twelve variations take, from nothing made ready.

    A hole's as they are first chosen, and then its sketches besides: what will be painted.
    """
    backend: Any = generators.load("patch")
    if not hasattr(backend, "sketch"):
        return {"offered": False}
    begun, cpu = time.perf_counter(), time.process_time()
    figures: dict[str, Any] = {"offered": True}
    for kind, first in (("first", True), ("sketched", False)):
        made = [
            backend.sketch(
                painting.ask(s, backend, case), case.canvas, case.references, 4, first=first
            )
            for s in painting.SEEDS
        ]
        figures[kind] = sum(m is not None for m in made)
        figures[f"{kind}_wall_s"] = round(time.perf_counter() - begun, 2)
        figures[f"{kind}_cpu_s"] = round(time.process_time() - cpu, 2)
    return figures


def _twelve(case: Case) -> float:
    begun = time.perf_counter()
    painting.paint_all(case, threads=2)
    return round(time.perf_counter() - begun, 1)


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
