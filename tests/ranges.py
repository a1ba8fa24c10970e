"""
Ranges made for tests: small pictures of sky over hills, by formulas of their own.

Values are log-encoded light (ACEScct-like): sky about .5, hills about .3, a sun well
above 1. Texture comes from an integer hash, so every machine makes the same picture.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seamline.ports import CanvasPicture, CardView, ReferencePicture
from seamline.show.variation import Ask

Floats = NDArray[np.float32]
PX_PER_DEG = 4.0
SUN = np.float32(1.35)


def speckle(height: int, width: int, seed: int) -> Floats:
    """(H, W) values in [0, 1) without any pattern."""
    y, x = np.indices((height, width), dtype=np.uint64)
    z = (y * np.uint64(374761393) + x * np.uint64(668265263)) ^ np.uint64(seed * 40503 + 7)
    z = (z ^ (z >> np.uint64(13))) * np.uint64(1274126177) % np.uint64(2**32)
    z = (z ^ (z >> np.uint64(16))) % np.uint64(1024)
    return z.astype(np.float32) / np.float32(1024)


def skyline(width: int, phase: int, height: int) -> NDArray[np.int64]:
    """(W,) rows: three triangular peaks, no two alike."""
    x = np.arange(width)
    peaks = [(0.2, 0.16, 0.3), (0.55, 0.3, 0.4), (0.85, 0.2, 0.25)]
    rise = np.zeros(width)
    for place, tall, wide in peaks:
        at = ((place * width + phase) % width - x) / (wide * width / 2)
        rise = np.maximum(rise, tall * np.clip(1 - np.abs(at), 0, 1))
    return np.round(height * (0.52 - rise)).astype(np.int64)


def hills(height: int, width: int, *, seed: int, dusk: bool = False) -> Floats:
    """(H, W, 3): a sky growing paler downwards, and speckled hills growing darker."""
    rows = np.arange(height, dtype=np.float32)[:, None] / np.float32(height)
    sky = np.stack([0.44 + 0.1 * rows, 0.48 + 0.07 * rows, 0.55 + 0.0 * rows], axis=-1)
    land = np.stack([0.36 - 0.1 * rows, 0.34 - 0.06 * rows, 0.30 - 0.05 * rows], axis=-1)
    if dusk:
        sky = sky[..., ::-1] - 0.05
        land = land * 0.6
    below = np.arange(height)[:, None] >= skyline(width, seed * 17, height)[None, :]
    picture = np.where(below[..., None], land, sky).astype(np.float32)
    noise = speckle(height, width, seed)[..., None]
    amount = np.where(below[..., None], np.float32(0.06), np.float32(0.004))
    return (picture + noise * amount).astype(np.float32)


def reference(
    name: str = "range",
    *,
    look: str = "",
    height: int = 72,
    width: int = 150,
    seed: int = 1,
    dusk: bool = False,
    sun: tuple[int, int] | None = None,
    usable: NDArray[np.bool_] | None = None,
) -> ReferencePicture:
    """A flat reference of hills; ``sun`` puts a 7 x 7 px sun at that row and column."""
    colour = hills(height, width, seed=seed, dusk=dusk)
    if sun is not None:
        colour[sun[0] - 3 : sun[0] + 4, sun[1] - 3 : sun[1] + 4] = SUN
    good = np.ones((height, width), bool) if usable is None else usable
    y, x = np.indices((height, width), dtype=np.float32)
    return ReferencePicture(
        id=name,
        look=look or name,
        colour=np.where(good[..., None], colour, np.float32(-7)).astype(np.float32),
        usable=good,
        elevation_deg=None,
        master_x=x,
        master_y=y,
    )


def canvas(
    keep: NDArray[np.bool_] | None = None,
    *,
    height: int = 64,
    width: int = 96,
    need: NDArray[np.bool_] | None = None,
    margin_px: int = 0,
    level_row: float | None = None,
    seed: int = 5,
) -> CanvasPicture:
    """A canvas of ``height`` x ``width``; where ``keep``, the plate shows hills of its own."""
    held = np.zeros((height, width), bool) if keep is None else keep
    plate = hills(height, width, seed=seed)
    rows = np.arange(height, dtype=np.float32)[:, None] + np.float32(0.5)
    horizon = 0.52 * height if level_row is None else level_row
    elevation = np.broadcast_to((horizon - rows) / PX_PER_DEG, (height, width))
    columns = np.arange(width, dtype=np.float32)[None, :] + np.float32(0.5)
    azimuth = np.broadcast_to((columns - width / 2) / PX_PER_DEG, (height, width))
    margin = np.zeros((height, width), bool)
    for _ in range(margin_px):
        wide = np.pad(~held | margin, 1)
        near = wide[1:-1, 1:-1] | wide[:-2, 1:-1] | wide[2:, 1:-1]
        margin |= (near | wide[1:-1, :-2] | wide[1:-1, 2:]) & held
    return CanvasPicture(
        known=np.where(held[..., None], plate, np.float32(0)).astype(np.float32),
        keep=held.astype(np.float32),
        need=np.ones((height, width), bool) if need is None else need,
        margin=margin,
        elevation_deg=elevation.astype(np.float32),
        azimuth_deg=azimuth.astype(np.float32),
        px_per_deg=PX_PER_DEG,
    )


def round_hole(height: int = 64, width: int = 96, radius: int = 14) -> NDArray[np.bool_]:
    """Keep everything but a disc in the middle."""
    y, x = np.indices((height, width))
    return (y - height // 2) ** 2 + (x - width // 2) ** 2 > radius**2


def ask(seed: int = 1, *, generator: str = "patch", encoding: str = "ACEScct") -> Ask:
    """An ask that differs in its seed only."""
    return Ask(
        shot="TEST_010",
        canvas_digest="c" * 64,
        lock_digest="",
        references=("a" * 64,),
        generator=generator,
        pixels=1,
        encoding=encoding,
        seed=seed,
    )


# -- cards ----------------------------------------------------------------------------


def cards(
    *,
    look: str = "noon",
    height: int = 200,
    width: int = 520,
    seed: int = 1,
    mirror: bool = True,
    wood: bool = True,
) -> list[ReferencePicture]:
    """The whole picture, and its cards: a sky, the range, and a wood cut at the left."""
    whole = reference(look, height=height, width=width, seed=seed)
    rows, columns = np.indices((height, width))
    line = skyline(width, seed * 17, height)[None, :]
    foot = float(0.6 * height)
    found = [whole]

    def card(
        label: str, colour: Floats, mask: NDArray[np.bool_], hidden: NDArray[np.bool_]
    ) -> None:
        alpha = mask.astype(np.float32)
        for axis in (0, 1):  # a soft edge of one pixel either way
            alpha = (np.roll(alpha, 1, axis) + alpha * 2 + np.roll(alpha, -1, axis)) / 4
        alpha[[0, -1]], alpha[:, [0, -1]] = mask[[0, -1]], mask[:, [0, -1]]
        found.append(
            replace(
                whole,
                colour=colour.astype(np.float32),
                usable=alpha > 0,
                card=CardView(
                    id=f"{look}_{label}_01",
                    label=label,
                    alpha=alpha.astype(np.float32),
                    hidden=hidden & mask,
                    base_row=foot,
                    columns=(0, width),
                    mirror=mirror,
                    distance_m=None,
                ),
            )
        )

    depth = rows.astype(np.float32)[..., None] / height
    sky = (np.array([0.44, 0.48, 0.55], np.float32) + depth * 0.08).astype(np.float32)
    card("sky", sky, rows < line + 50, rows >= line)
    noise = speckle(height, width, seed)[..., None] * np.float32(0.06)
    land = np.array([0.36, 0.34, 0.30], np.float32) - depth * 0.1 + noise
    card("far", land, rows >= line, rows > 0.85 * height)
    if wood:
        slope = 0.35 * height + columns * (0.6 * height / (0.5 * width))
        trees = np.array([0.42, 0.33, 0.22], np.float32) + noise * 2
        card("forest", trees, (rows >= slope) & (rows < 0.97 * height), rows < 0)
    return found


def meadow_line(height: int, width: int) -> NDArray[np.bool_]:
    """(H, W) what is seen above a live meadow that falls to the right."""
    rows, columns = np.indices((height, width))
    return np.asarray(rows < 0.55 * height + 0.35 * height * columns / width)
