"""
The measures: what can be said of a painting in numbers, by the same ruler for everyone.

Pictures are (H, W, 3) in the generator's log encoding unless a name says otherwise. None
of these alone says that a picture is good: the best patch SWD in the prototypes belonged
to the worst pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patch import material
from patch.case import Case
from patch.painting import Take
from seamline.generators.patch import detect
from seamline.generators.patch.resample import blur
from seamline.generators.patch.skyline import find_skyline
from seamline.optics.sines import direction_of
from seamline.pixels.matte import grown
from seamline.pixels.sun import DISC_DEG, Disc, angle_deg, measured_sun
from seamline.ports import Painted

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
PATCH = 7
SCALES = (1, 2, 4)
DIRECTIONS = 64
PATCHES = 4000
SMALL_PX = 64
SHARP_PX = 2
BESIDE_PX = 20
"""Lines so far from a border belong to the same things; a plate's edge is 360 px long."""


# -- the seam -------------------------------------------------------------------------


def seam_gradient(picture: Floats, truth: Floats, fill: Mask) -> float:
    """
    Return the mean step across the border of ``fill`` (H, W), over that of ``truth``.

    1: the seam is as quiet or as busy as what was there.
    """
    mine = total = 0.0
    for axis in (0, 1):
        across = np.diff(fill.astype(np.int8), axis=axis) != 0
        mine += float(np.abs(np.diff(picture, axis=axis))[across].sum())
        total += float(np.abs(np.diff(truth, axis=axis))[across].sum())
    return mine / max(total, 1e-9)


def seam_beside(picture: Floats, truth: Floats, fill: Mask) -> float:
    """
    Return the mean step across the border of ``fill``, over those beside it in ``truth``.

    A border is one line, and on a line one pixel further the same truth may step twice as
    much: of 41 lines around the edge of extension-noon one in ten steps less than the very one
    that ``seam_gradient`` holds it against. Here it is held against the truth's mean over all
    lines parallel to the border up to ``BESIDE_PX`` on either side.
    """
    mine = total = 0.0
    for axis in (0, 1):
        across = np.diff(fill.astype(np.int8), axis=axis) != 0
        mine += float(np.abs(np.diff(picture, axis=axis))[across].sum())
        steps = np.abs(np.diff(truth, axis=axis)).sum(axis=-1)
        total += _beside_the(across, steps, axis)
    return mine / max(total, 1e-9)


def _beside_the(across: Mask, steps: Floats, axis: int) -> float:
    """Return the sum of ``steps`` ``across`` a border, the mean over lines parallel to it."""
    lines, length = np.nonzero(across), across.shape[axis]
    away = np.arange(-BESIDE_PX, BESIDE_PX + 1)
    at = np.clip(lines[axis][:, None] + away, 0, length - 1)
    other = np.broadcast_to(lines[1 - axis][:, None], at.shape)
    found = steps[at, other] if axis == 0 else steps[other, at]
    return float(found.mean(axis=1).sum())


# -- patches --------------------------------------------------------------------------


def swd(picture: Floats, where: Mask, other: Floats, there: Mask) -> list[float | None]:
    """
    Return the sliced Wasserstein distance of 7 x 7 patches at full, half, quarter size.

    None at a size at which a region holds no patch. Directions and draws are fixed.

    Source: T. Karras et al., Progressive Growing of GANs, ICLR 2018, on plain pixels.
    """
    out: list[float | None] = []
    for scale in SCALES:
        a, b = (
            _patches(p, m, scale, seed)
            for p, m, seed in ((picture, where, 1), (other, there, 2))
        )
        if a is None or b is None:
            out.append(None)
            continue
        directions = np.random.default_rng(7).normal(size=(a.shape[1], DIRECTIONS))
        directions /= np.linalg.norm(directions, axis=0)
        at = np.linspace(0, 1, 400)
        p, q = (np.quantile(v @ directions, at, axis=0) for v in (a, b))
        out.append(float(np.abs(p - q).mean()))
    return out


def _patches(picture: Floats, where: Mask, scale: int, seed: int) -> NDArray[np.float64] | None:
    height, width = (n // scale * scale for n in where.shape)

    def small(plane: NDArray[Any]) -> NDArray[np.float64]:
        cut = plane[:height, :width].astype(np.float64)
        shape = (height // scale, scale, width // scale, scale, *plane.shape[2:])
        return np.asarray(cut.reshape(shape).mean(axis=(1, 3)))

    colour, share = small(picture), small(where)
    full = np.lib.stride_tricks.sliding_window_view(share >= 0.999, (PATCH, PATCH))
    rows, columns = np.nonzero(full.all(axis=(2, 3)))
    if len(rows) < 50:
        return None
    draw = np.random.default_rng(seed).integers(len(rows), size=min(PATCHES, len(rows)))
    steps = np.arange(PATCH)
    ys = rows[draw][:, None, None] + steps[None, :, None]
    xs = columns[draw][:, None, None] + steps[None, None, :]
    return colour[ys, xs].reshape(len(draw), -1)


def beside(fill: Mask) -> Mask:
    """Return the plate around ``fill``: within as far as the fill itself reaches."""
    rows, columns = np.flatnonzero(fill.any(axis=1)), np.flatnonzero(fill.any(axis=0))
    reach = [max(8, (v[-1] - v[0]) // 2) for v in (rows, columns)]
    near = np.zeros_like(fill)
    near[
        max(0, rows[0] - reach[0]) : rows[-1] + reach[0],
        max(0, columns[0] - reach[1]) : columns[-1] + reach[1],
    ] = True
    return near & ~fill


# -- sharpness ------------------------------------------------------------------------


def fine(picture: Floats) -> Floats:
    """Return (H, W) the square of what lies above 5 px of detail, in luminance."""
    light = np.ascontiguousarray(picture.mean(axis=-1), dtype=np.float32)
    return np.asarray((light - blur(light, SHARP_PX)) ** 2, np.float32)


def sharpness(picture: Floats, where: Mask, truth: Floats) -> float:
    """Return the fine detail of ``picture`` over that of ``truth``, rms, within ``where``."""
    return float(np.sqrt(fine(picture)[where].mean() / max(1e-12, fine(truth)[where].mean())))


def kept_detail(take: Take, case: Case) -> float:
    """
    Return the fine detail of a painting over that of the very pixels it was copied from.

    Where that reference shows all around them: its own end, at a hole, is no detail.
    """
    mine, source = 0.0, 0.0
    detail = fine(take.colour)
    for layer in take.painted.layers[-1:] if len(take.painted.layers) == 1 else ():
        for index, view in enumerate(case.references):
            here = case.judged & (layer.source == index)
            inside = grown(view.usable, -SHARP_PX)
            here[here] = inside[layer.source_y[here], layer.source_x[here]]
            if here.any():
                own = fine(np.where(view.usable[..., None], view.colour, 0).astype(np.float32))
                mine += float(detail[here].sum())
                source += float(own[layer.source_y[here], layer.source_x[here]].sum())
    return float(np.sqrt(mine / source)) if source > 0 else float("nan")


# -- lineage --------------------------------------------------------------------------


def rebuild_error(painted: Painted, case: Case) -> float:
    """Return the largest difference of source + offset from what was painted; 0 is exact."""
    worst = 0.0
    for layer in painted.layers:
        shown = layer.alpha > 0
        for index, view in enumerate(case.references):
            here = shown & (layer.source == index)
            again = view.colour[layer.source_y[here], layer.source_x[here]] + layer.offset[here]
            if here.any():
                worst = max(worst, float(np.abs(again - layer.colour[here]).max()))
    return worst


def tops_of(case: Case) -> dict[int, NDArray[np.int32]]:
    """Return the skylines of a case's whole references that have one; none for a hole."""
    if (case.canvas.keep >= 1).any():
        return {}
    found = {}
    for index, view in enumerate(case.references):
        if view.card is None:
            clean = np.where(view.usable[..., None], view.colour, 0).astype(np.float32)
            top = find_skyline(clean, view.usable.astype(np.uint8))
            if top is not None:
                found[index] = top
    return found


def examined(
    painted: Painted, case: Case, tops: dict[int, NDArray[np.int32]]
) -> detect.Examined:
    """Return what the detectors look at; sky is told by the references' skylines."""
    return detect.Examined(
        layers=painted.layers, references=tuple(case.references), need=case.canvas.need,
        kept=case.canvas.keep >= 1, tops=tops, sun=case.sun,
    )  # fmt: skip


# -- the sun --------------------------------------------------------------------------


def sun(take: Take, case: Case) -> dict[str, float] | None:
    """
    Return peak, p99.9 and energy of the painted sun over those of the panorama's own.

    Within ``DISC_DEG`` of the brightest thing painted. Peak and energy are held against
    the sun in the panorama's file, by solid angle; the 99.9th hundredth against the
    panorama as it was handed over, because it depends on the sampling. Besides, degrees
    from where it must stand. None where no sun is locked in the picture.
    """
    if case.sun is None or case.key_deg is None:
        return None
    source = take.painted.layers[0].source[case.judged]
    source = source[source >= 0]
    if len(source) == 0:
        return None
    name = case.references[int(np.bincount(source).argmax())].id
    own = _own_sun(name, case.gains.get(name, (1.0, 1.0, 1.0)))
    shown = np.where(case.judged[..., None], material.light(take.colour), np.float32(0))
    found = measured_sun(
        shown, case.canvas.elevation_deg, case.canvas.azimuth_deg, case.key_deg, 180.0
    )
    if own is None or found is None:
        return None
    mine = _within_disc(
        shown.mean(axis=-1), case.canvas.elevation_deg, case.canvas.azimuth_deg,
        (found.azimuth_deg, found.elevation_deg),
    )  # fmt: skip
    apart = angle_deg(
        direction_of(np.array(found.elevation_deg), np.array(found.azimuth_deg)),
        direction_of(np.array(case.key_deg[1]), np.array(case.key_deg[0])),
    )
    handed = [r for r in case.references if r.id == name and r.dome is not None]
    views = [
        _within_disc(
            material.light(r.colour).mean(axis=-1), r.elevation_deg, r.azimuth_deg, r.key_deg
        )
        for r in handed[:1]
    ]
    return {
        "peak": found.peak / own.peak,
        "p99.9": _brighter(*mine) / _brighter(*views[0]) if views else float("nan"),
        "energy": found.energy / own.energy,
        "off_deg": float(apart),
    }


def _own_sun(name: str, gain: tuple[float, float, float]) -> Disc | None:
    """Return the sun of a panorama's file, its light brought to the lock by ``gain``."""
    rgb = material.panorama(name) * np.array(gain, np.float32)
    height, width = rgb.shape[0] // 2, rgb.shape[1]
    key = material.key_deg(name)
    if key is None:
        return None
    elevation = 90.0 - (np.arange(height) + 0.5) * (180.0 / rgb.shape[0])
    azimuth = 360.0 - (np.arange(width) + 0.5) * (360.0 / width)
    high, along = (
        np.ascontiguousarray(a, dtype=np.float32)
        for a in np.broadcast_arrays(elevation[:, None], azimuth[None, :])
    )
    return measured_sun(rgb[:height], high, along, key, DISC_DEG)


def _within_disc(
    light: Floats, elevation: Floats, azimuth: Floats, key: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the light of pixels within ``DISC_DEG`` of ``key``, and their solid angles."""
    directions = direction_of(elevation.astype(np.float64), azimuth.astype(np.float64))
    near = angle_deg(directions, direction_of(np.array(key[1]), np.array(key[0]))) <= DISC_DEG
    down, across = (np.gradient(directions, axis=axis) for axis in (0, 1))
    solid = np.linalg.norm(np.cross(down, across), axis=-1)
    return light[near].astype(np.float64), solid[near]


def _brighter(light: NDArray[np.float64], solid: NDArray[np.float64]) -> float:
    """Return the light that all but a thousandth of the disc stays below."""
    order = np.argsort(light)
    share = np.cumsum(solid[order]) / solid.sum()
    return float(light[order][min(int(np.searchsorted(share, 0.999)), len(order) - 1)])


# -- variety --------------------------------------------------------------------------


def smallest_difference(pictures: Sequence[Floats], fill: Mask) -> float | None:
    """
    Return the smallest difference of any two fills, rms of log10 luminance at 64 px.

    After the best gain and offset, as in the main benchmark.
    """
    if len(pictures) < 2:
        return None
    seen = [_thumbnail(picture, fill) for picture in pictures]
    return min(_difference(a, b) for a, b in combinations(seen, 2))


def _thumbnail(picture: Floats, fill: Mask) -> NDArray[np.float64]:
    rows, columns = np.flatnonzero(fill.any(axis=1)), np.flatnonzero(fill.any(axis=0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    light = material.light(picture[box]).mean(axis=-1)[..., None]
    share = fill[box][..., None].astype(np.float32)
    width = min(SMALL_PX, share.shape[1])
    height = max(1, round(width * share.shape[0] / share.shape[1]))
    light = material.resized(np.ascontiguousarray(light * share), height, width)
    share = material.resized(share, height, width)
    mostly = share > 0.5
    return np.log10(np.maximum(light[mostly] / share[mostly], 1e-4)).astype(np.float64)


def _difference(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    x, y = a - a.mean(), b - b.mean()
    rest = [
        float(((q - (p @ q) / max(p @ p, 1e-12) * p) ** 2).mean()) ** 0.5
        for p, q in ((x, y), (y, x))
    ]
    return min(rest)
