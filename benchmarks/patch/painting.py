"""One variation, painted by the product's own generator, with what it cost."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patch import material
from patch.case import Case
from seamline import generators
from seamline.pixels import flatten
from seamline.pixels.flatten import MARGIN
from seamline.ports import Generator, Painted
from seamline.show.variation import DIFFERENT, YES, Ask
from seamline.steps.paint import hold_to_promise

SEEDS = tuple(range(1, 13))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Take:
    """One painting: its seed, layers, flattened picture (H, W, 3) encoded, CPU seconds."""

    seed: int
    painted: Painted
    colour: NDArray[np.float32]
    cpu_s: float

    @property
    def digest(self) -> str:
        """SHA-256 over the colours and lineage of every layer."""
        digest = hashlib.sha256()
        for layer in self.painted.layers:
            for plane in (
                layer.colour, layer.alpha, layer.source, layer.source_x, layer.source_y,
            ):  # fmt: skip
                digest.update(np.ascontiguousarray(plane).tobytes())
        return digest.hexdigest()


def ask(seed: int, backend: Generator, case: Case, *, different: bool = False) -> Ask:
    return Ask(
        shot="BENCH_010",
        canvas_digest="0" * 64,
        lock_digest="",
        references=tuple(r.id for r in case.references),
        generator=backend.name,
        pixels=backend.pixels,
        encoding=backend.encoding,
        seed=seed,
        settings=((DIFFERENT, YES),) if different else (),
    )


def paint(case: Case, seed: int, backend: Generator, *, different: bool = False) -> Take:
    """Return one take; the generator is held to its promise as ``paint`` holds it."""
    begun = time.thread_time()
    painted = backend.paint(
        ask(seed, backend, case, different=different),
        case.canvas,
        case.references,
        lambda share: None,
    )
    cpu = time.thread_time() - begun
    hold_to_promise(backend, case.canvas, case.references, painted)
    return Take(seed=seed, painted=painted, colour=flattened(painted), cpu_s=cpu)


def flattened(painted: Painted) -> NDArray[np.float32]:
    """Return the layers over one another, as they are rendered, encoded again."""
    layers = [layer for layer in painted.layers if layer.name != MARGIN]
    if len(layers) == 1:
        return layers[0].colour
    over = [
        np.concatenate(
            [material.light(layer.colour) * layer.alpha[..., None], layer.alpha[..., None]],
            axis=-1,
        )
        for layer in layers
    ]
    return material.coded(flatten.flattened(over)[..., :3])


def paint_all(
    case: Case,
    seeds: Sequence[int] = SEEDS,
    *,
    threads: int = 1,
    backend: Generator | None = None,
    different: bool = False,
) -> list[Take]:
    """Return the takes of ``seeds``; one generator for all, as a show has it."""
    worker = backend or generators.load("patch")

    def one(seed: int) -> Take:
        return paint(case, seed, worker, different=different)

    if threads == 1:
        return [one(seed) for seed in seeds]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, seeds))
