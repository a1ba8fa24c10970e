"""
Screens: the colour that stands behind live action, at every pixel.

A screen is never even: its light falls off, its cloth folds. Where the screen is surely
seen it is measured, averaged over noise, and carried on behind live action; a clean plate,
where one was shot, gives it whole, and only its level is fitted to the frame's.
Colours are scene-linear in the show's working space.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.errors import InputError
from seamline.pixels.matte.spread import smooth_field
from seamline.pixels.picture import finite_pixels

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]
RGB = tuple[float, float, float]

GREEN, BLUE, CYC = "green", "blue", "cyc"
KINDS = (GREEN, BLUE, CYC)
_CHANNEL = {GREEN: 1, BLUE: 2}
FEWEST_PX = 200
LEVELS = 4
"""A screen is averaged over 16 px: folds stay, noise goes."""
ORDER = 3
SURE = 0.35
"""Share of the screen's own difference above which a pixel may be screen and nothing else."""
SAME_CHROMA, SAME_STOPS = 0.06, 1.5
"""How far a cyclorama's colour may lie from its sample's, in chromaticity and in light."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Screen:
    """
    What stands behind live action.

    Attributes:
        kind: ``green``, ``blue`` or ``cyc``.
        colour: Its colour as a whole.
        behind: (H, W, 3) float32; the screen at every pixel, behind live action too.
        noise: Its standard deviation per channel.
        seen: Share of the frame that is surely screen.
    """

    kind: str
    colour: RGB
    behind: Image
    noise: RGB
    seen: float


def difference(rgb: Image, kind: str) -> Image:
    """
    Return (H, W): the screen's channel over the larger of the other two.

    Source:
        P. Vlahos, US 3,595,987 (1971, expired): the colour-difference signal.
    """
    own = _CHANNEL[kind]
    others = [i for i in range(3) if i != own]
    over: Image = rgb[..., own] - np.maximum(rgb[..., others[0]], rgb[..., others[1]])
    return over


def screen_colour(plate: Image, kind: str, sample: tuple[int, int, int, int] | None) -> RGB:
    """
    Return the screen's colour: the median of ``sample``, or of what is most like a screen.

    Args:
        plate: (H, W, 3) scene-linear.
        kind: ``green``, ``blue`` or ``cyc``.
        sample: x, y, width, height of a piece of bare screen, pixels of ``plate``.

    Raises:
        InputError: The sample is empty, or holds no such screen; a ``cyc`` needs one.
    """
    finite = finite_pixels(plate)
    if sample is None:
        if kind == CYC:
            raise InputError(
                "a cyclorama has no colour to be told by",
                remedy="Show a bare piece of it: --sample X,Y,WIDTH,HEIGHT, or --clean FILE.",
            )
        over = np.where(finite, difference(np.where(finite[..., None], plate, 0), kind), 0)
        taken = finite & (over > 0.5 * float(np.quantile(over, 0.98))) & (over > 0)
    else:
        x, y, width, height = sample
        taken = np.zeros(finite.shape, bool)
        taken[max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)] = True
        taken &= finite
    if int(taken.sum()) < (FEWEST_PX if sample is None else 16):
        raise InputError(
            f"no {kind} screen to measure: {int(taken.sum())} pixels of it",
            remedy="Show a bare piece of it: --sample X,Y,WIDTH,HEIGHT.",
        )
    middle = np.median(plate[taken], axis=0)
    colour = (float(middle[0]), float(middle[1]), float(middle[2]))
    told = difference(middle[None, None].astype(np.float32), kind)[0, 0] if kind != CYC else 1
    if told <= 0.1 * max(*colour, 1e-6):
        raise InputError(
            f"what was sampled is no {kind} screen: {' '.join(f'{v:.3g}' for v in colour)}",
            remedy="Sample bare screen, away from its spill and its shadows.",
        )
    return colour


def measured(
    plate: Image,
    kind: str,
    colour: RGB,
    *,
    clean: Image | None = None,
) -> Screen:
    """
    Return the screen behind every pixel of ``plate`` (H, W, 3).

    Args:
        plate: Scene-linear; pixels that are not finite are given no weight.
        kind: ``green``, ``blue`` or ``cyc``.
        colour: From ``screen_colour``.
        clean: (H, W, 3), the same view without live action, or None.

    Raises:
        InputError: No screen is seen in this frame.
    """
    finite = finite_pixels(plate)
    rgb = np.where(finite[..., None], plate, np.float32(0))
    reference = np.asarray(colour, np.float32) if clean is None else clean
    sure = finite & _like(rgb, reference, kind)
    if int(sure.sum()) < FEWEST_PX:
        raise InputError(
            f"no {kind} screen is seen: {int(sure.sum())} pixels of it",
            remedy="Sample the screen in this shot's own light: --sample X,Y,WIDTH,HEIGHT.",
        )
    if clean is None:
        behind, sure = _fitted(rgb, sure, kind)
    else:
        gain = np.median(rgb[sure] / np.maximum(clean[sure], 1e-6), axis=0)
        behind = (clean * gain).astype(np.float32)
    apart = (rgb - behind)[sure]
    noise = 1.4826 * np.median(np.abs(apart - np.median(apart, axis=0)), axis=0)
    floor = 1e-4 + 1e-3 * behind[sure].mean(axis=0)
    noise = np.maximum(noise, floor)
    return Screen(
        kind=kind,
        colour=colour,
        behind=behind,
        noise=(float(noise[0]), float(noise[1]), float(noise[2])),
        seen=float(sure.mean()),
    )


def _like(rgb: Image, reference: Image, kind: str) -> Mask:
    """Return (H, W): pixels that may be the screen ``reference`` and nothing else."""
    light = np.maximum(rgb.sum(axis=-1), 1e-6)
    known = np.maximum(reference.sum(axis=-1), 1e-6)
    stops = np.abs(np.log2(light / known))
    if kind == CYC:
        apart = np.abs(rgb / light[..., None] - reference / known[..., None]).max(axis=-1)
        alike: Mask = (apart < SAME_CHROMA) & (stops < SAME_STOPS)
        return alike
    strength = difference(rgb, kind) / light
    own = difference(np.broadcast_to(reference, rgb.shape), kind) / known
    alike = (strength > (1 - SURE) * own) & (stops < 2 * SAME_STOPS)
    return alike


def _fitted(rgb: Image, sure: Mask, kind: str) -> tuple[Image, Mask]:
    """
    Return the screen fitted to what is surely screen, and that without its strays.

    A surface of third order, fitted again without what lies far from it, cannot follow
    live action of like colour; a cloth's folds are then averaged over 16 px around it.
    """
    height, width = sure.shape
    step = max(1, round((height * width / 20000) ** 0.5))
    y, x = np.mgrid[0:height:step, 0:width:step]
    picked = sure[::step, ::step]
    powers = [(i, j) for i in range(ORDER + 1) for j in range(ORDER + 1 - i)]

    def basis(rows: Image, columns: Image) -> Image:
        u, v = 2 * columns / width - 1, 2 * rows / height - 1
        return np.stack([u**i * v**j for i, j in powers], axis=-1)

    terms = basis(y[picked].astype(np.float64), x[picked].astype(np.float64))
    values = rgb[::step, ::step][picked].astype(np.float64)
    held = np.ones(len(values), bool)
    for _ in range(8):
        found, *_ = np.linalg.lstsq(terms[held], values[held], rcond=None)
        apart = np.abs(values - terms @ found).max(axis=1)
        fresh = apart < max(4 * float(np.median(apart[held])), 0.01 * float(values.max()))
        if (fresh == held).all() or fresh.sum() < 4 * len(powers):
            break
        held = fresh
    typical = max(4 * float(np.median(apart[held])), 0.01 * float(values.max()))
    lines = np.arange(height, dtype=np.float64), np.arange(width, dtype=np.float64)
    surface = sum(
        np.outer((2 * lines[0] / height - 1) ** j, (2 * lines[1] / width - 1) ** i)[..., None]
        * found[n]
        for n, (i, j) in enumerate(powers)
    )
    behind = np.asarray(surface, np.float32)
    near = sure & (np.abs(rgb - behind).max(axis=-1) < 2 * typical)
    if kind != CYC and int(near.sum()) >= FEWEST_PX:
        behind = smooth_field(rgb - behind, near.astype(np.float32), levels=LEVELS) + behind
    return behind, near
