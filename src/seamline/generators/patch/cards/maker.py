"""The card maker: from a reference and a drawing to layers, and their completions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.cards import completion
from seamline.generators.patch.cards.blown import even_line
from seamline.generators.patch.cards.crumbs import pale, scraps
from seamline.generators.patch.cards.edges import shrunk, soft_edge
from seamline.generators.patch.cards.gaps import open_gaps
from seamline.generators.patch.cards.layers import (
    FAR,
    SKY,
    WATER,
    Layer,
    Scene,
    foot,
    silhouette,
    take_apart,
    without,
)
from seamline.generators.patch.cards.stains import unstained
from seamline.generators.patch.resample import Bytes
from seamline.pixels.cards import CardPixels, CutLayer, Drawing, Master
from seamline.show.card import LABELS

WOODS = tuple(LABELS.index(label) for label in ("near", "forest", "foliage", "ground"))
"""Between their tips what stands behind is seen; snow on a ridge only looks like a cloud."""
BELOW_FOOT_SHARE = 0.12
"""A layer goes on so far below its foot, of the picture's height, behind what is nearer."""
SKY_BELOW_SHARE = 0.45
"""A sky goes on so far below the skyline: a range may sink by as much."""
INNER_PX = 4
"""What lies nearer to a layer's edge is not completed from: light of its neighbours."""
SEEN_SHARE = 0.008
"""A silhouette is seen where so much of the height on either side of it is."""
LEAST_SEEN_PX = 2
GAP_SHARE = 0.015
"""A gap in a silhouette up to this share of the width is a twig or a jag: it counts as seen."""
RUN_SHARE = 0.1
"""The least part of the width that makes a card of its own where a silhouette is broken."""


class PatchCards:
    """Cards by minimum cut and patch synthesis; see ``ports.CardMaker``."""

    encoding = "ACEScct"
    version = 5

    def cut(self, master: Master, drawing: Drawing | None) -> tuple[CutLayer, ...]:
        """Return the layers of ``master``, farthest first; see ``ports.CardMaker``."""
        scene = take_apart(master, drawing)
        found: list[CutLayer] = []
        for layer in scene.layers:
            layer = unstained(np.ascontiguousarray(master.coded), scene, layer)
            runs = _runs(scene, layer)
            parts = [layer] if len(runs) < 2 else [without(layer, run) for run in runs]
            for part, run in zip(parts, runs, strict=True):
                found.append(_cut(master, scene, part, run, whole=len(parts) == 1))
        return tuple(found)

    def complete(
        self, master: Master, layer: CutLayer, *, seed: int, width_px: int
    ) -> CardPixels:
        """Return ``layer`` completed; see ``ports.CardMaker``."""
        return completion.complete(master, layer, seed=seed, width_px=width_px)


def _cut(
    master: Master, scene: Scene, layer: Layer, columns: tuple[int, int], *, whole: bool
) -> CutLayer:
    base = _base_row(scene, layer)
    full, outside = _extent(layer, base)
    if not whole:
        beyond = np.ones(full.shape[1], np.uint8)
        beyond[columns[0] : columns[1]] = 0
        full, outside = full * (1 - beyond), outside * (1 - beyond)
    if layer.order == SKY:
        alpha = full.astype(np.float32)
    else:
        behind = ((scene.nearest < layer.order) & (scene.good > 0)).astype(np.uint8)
        coded = np.ascontiguousarray(master.coded)
        gaps = np.zeros_like(full)
        if layer.order in WOODS:
            gaps = open_gaps(coded, full, layer.seen, behind, outside)
        layer = replace(layer, seen=layer.seen & (1 - gaps))
        full, behind, outside = full & (1 - gaps), behind | gaps, outside | gaps
        if layer.order in WOODS:
            loose = scraps(full)
            full, outside = full & (1 - loose), outside | loose
            seen = layer.seen & full
            layer = replace(layer, seen=seen & (1 - pale(coded, seen, outside)))
        light = np.ascontiguousarray(master.light)
        alpha = soft_edge(light, full, layer.seen, behind, outside)
        if layer.order == FAR:
            alpha = even_line(coded, alpha, full, behind, outside)
    hidden = (full > 0) & (layer.seen == 0) & (alpha > 0)
    sources = shrunk(layer.seen, INNER_PX) & (1 - scene.landmark)
    return CutLayer(
        label=LABELS[layer.order],
        alpha=alpha,
        hidden=hidden,
        sources=sources > 0,
        base_row=base,
        columns=columns,
    )


def _base_row(scene: Scene, layer: Layer) -> float:
    if layer.order in (SKY, FAR) and scene.horizon_row is not None:
        return scene.horizon_row
    if layer.order != SKY:
        return foot(layer)
    far = [own for own in scene.layers if own.order == FAR]
    return foot(far[0]) if far else foot(layer)


def _extent(layer: Layer, base: float) -> tuple[Bytes, Bytes]:
    """Return where the layer is with what will be completed, and where it ends by itself."""
    height = layer.own.shape[0]
    rows = np.arange(height)[:, None]
    if layer.order == SKY:
        reach = _sky_reach(layer)
        return (rows < reach[None, :]).astype(np.uint8), np.zeros_like(layer.own)
    if not layer.standing:
        return layer.own | layer.seen, (1 - layer.own).astype(np.uint8)
    bottom = min(height, int(base + BELOW_FOOT_SHARE * height + 0.5))
    full = (layer.own & (rows < bottom)) | layer.seen
    return full, ((full == 0) & (rows < bottom)).astype(np.uint8)


def _sky_reach(layer: Layer) -> NDArray[np.int64]:
    """Return (W,) the row down to which a sky is completed."""
    height, width = layer.own.shape
    lowest = np.where(layer.own.any(axis=0), height - layer.own[::-1].argmax(axis=0), 0).astype(
        np.int64
    )
    # The lowest sky within a twentieth of the width: no step behind a tree.
    reach = max(1, width // 20)
    padded = np.pad(lowest, reach)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)
    down = int(SKY_BELOW_SHARE * height + 0.5)
    result: NDArray[np.int64] = np.minimum(height, around + down)
    return result


def _runs(scene: Scene, layer: Layer) -> list[tuple[int, int]]:
    """
    Return the columns whose silhouette is seen: one run, or several if it is broken.

    A sky, water, and a layer whose silhouette is hardly seen have all their columns.
    """
    columns = np.flatnonzero(layer.own.any(axis=0))
    everything = (int(columns[0]), int(columns[-1]) + 1)
    width = layer.own.shape[1]
    if layer.order in (SKY, WATER):
        return [(0, width)]
    seen = _closed(_seen_columns(scene, layer), int(GAP_SHARE * width))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], seen.astype(np.int8), [0]])))
    runs = [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    long = [run for run in runs if run[1] - run[0] >= RUN_SHARE * width]
    if len(long) > 1 and layer.standing:
        return long
    return [max(runs, key=lambda run: run[1] - run[0])] if runs else [everything]


def _seen_columns(scene: Scene, layer: Layer) -> NDArray[np.bool_]:
    height, width = layer.own.shape
    top = silhouette(layer)
    far = max(LEAST_SEEN_PX, int(SEEN_SHARE * height))
    found: NDArray[np.bool_] = (top > far) & (top < height - far)
    at = np.clip(top, far, height - 1 - far)
    columns = np.arange(width)
    for step in range(1, far + 1):
        found &= layer.seen[at + step, columns] > 0
        above = at - step
        found &= (scene.good[above, columns] > 0) & (
            scene.nearest[above, columns] < layer.order
        )
    return found


def _closed(seen: NDArray[np.bool_], gap: int) -> NDArray[np.bool_]:
    """Return ``seen`` with gaps up to ``gap`` columns closed."""
    found = seen.copy()
    edges = np.flatnonzero(np.diff(np.concatenate([[1], seen.astype(np.int8), [1]])))
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        if b - a <= gap and a > 0 and b < len(seen):
            found[a:b] = True
    return found
