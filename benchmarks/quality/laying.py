"""
What a match costs: CPU milliseconds per frame of 2048 x 1152, and how it grows to 4096 x 2304.

One frame that is generated but for a quarter, grain of a model measured on simulated frames,
each layer by itself and all of them, best of three on one thread. Grain's field is given apart:
it is made once per frame for all variations. Colour goes through the show's default config.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from seamline.fast import grain as grains
from seamline.pixels.grain import measure_static
from seamline.pixels.match import hazed, softened, spill_of, wrapped

SIZES = {"2K": (1152, 2048), "4K": (2304, 4096)}
BEST_OF = 3


def run(words: Sequence[str] = ()) -> dict[str, Any]:
    """Return CPU milliseconds per frame, by layer and size, and 4K over 2K."""
    model = _model()
    figures: dict[str, Any] = {}
    for name, size in SIZES.items():
        figures[name] = {k: _best(work) for k, work in _layers(model, size).items()}
    figures["growth"] = {
        k: round(figures["4K"][k] / figures["2K"][k], 1) for k in figures["2K"]
    }
    return figures


def _model() -> Any:
    rng = np.random.default_rng(1)
    clean = np.broadcast_to(
        np.linspace(0.02, 1.5, 256, dtype=np.float32)[None, :, None], (192, 256, 3)
    )
    sigma = np.sqrt(4e-4 * clean + 4e-6)
    frames = [
        (clean + sigma * rng.standard_normal(clean.shape)).astype(np.float32) for _ in range(8)
    ]
    return measure_static(frames, space="ACEScg")


def _layers(model: Any, size: tuple[int, int]) -> dict[str, Callable[[], object]]:
    height, width = size
    rng = np.random.default_rng(2)
    rgb = rng.uniform(0.01, 1.0, (height, width, 3)).astype(np.float32)
    alpha = np.ones(size, np.float32)
    matte = np.zeros(size, np.float32)
    matte[3 * height // 4 :] = 1
    live = rgb * matte[..., None]
    field = grains.grain_field(model, height, width, frame=1001, seed=1)
    return {
        "haze": lambda: hazed(
            rgb, alpha, black=(0.01, 0.01, 0.01), colour=(0.5, 0.6, 0.7), clear=0.8
        ),
        "wrap, 6 px": lambda: wrapped(rgb, alpha, spill_of(live, matte, 6.0), amount=0.3),
        "sharpness, .6 px": lambda: softened(rgb, alpha, sigma_px=0.6),
        "grain's field": lambda: grains.grain_field(model, height, width, frame=1001, seed=1),
        "grain": lambda: grains.laid(model, rgb, field, 1 - matte),
    }


def _best(work: Callable[[], object]) -> float:
    work()
    spent = []
    for _ in range(BEST_OF):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return round(1000 * min(spent), 1)
