"""
Mattes: what an artist would hand in with a plate whose sky is replaced.

The sky is told from the skyline, and beside it by being like the sky above: its clean
colour is spread down behind what stands before it. In the band between, the matte is
closed-form: every small window is a line in colour space. It is soft where twigs, blown
sand and a lens make it so, in scene-linear light, as the product comps it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seamline.generators.patch.membrane import membrane
from seamline.generators.patch.specks import thin_dark

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
DARKER = 0.03
"""What is so much darker than the sky above (ACEScct) is no sky: masts, twigs."""
TOLERANCE = 1e-5
"""Of a window's colours, in squares of the sky's own light (Levin: 1e-7 of display white)."""
GRAINY, GRAINS = 1e-4, 30.0
"""From such a grain of the sky on (3 x 3 pixels, as above) so many times of it are tolerated,
or a rim is as speckled as the plate: strait .00019, tamalpais .00021, lake .00004."""
HELD = 100.0
"""How strongly what is known is held."""
HINT = 3e-3
"""How strongly a soft pixel's place between sky and foreground counts beside its window."""
WHITE = 4.0
"""Times the sky's own light: brighter than that, glints tell nothing."""
LIKE, PLAIN_ROUNDS, STEP_PX = 0.012, 4, 16
"""How like a plain sky's clean colour its pixels are, ACEScct; how often that is told anew."""
TWIG_PX, TWIG = 3, np.float32(0.008)
"""Half as wide as twigs are, and how much darker than the sky beside them, ACEScct."""
BLOWN = (0.45, 0.9)
"""Of a sun's own light in the plate: where its flare begins to be all that is seen, and is."""
SURE_PX = 2
"""So far within what is drawn over as solid nothing of the sky shows through."""
ROUNDS, ENOUGH = 150, 1e-7
CLEAR, SOLID = 0.02, 0.98
"""A matte so near to none, or to all, is that."""


def foreground(
    light: Floats,
    coded: Floats,
    line: NDArray[np.int64],
    rim_px: int,
    reach_px: int,
    *,
    plain: bool = False,
    solid: Mask | None = None,
    blown: Mask | None = None,
    bare: Mask | None = None,
) -> Floats:
    """
    Return the matte (H, W) float32 of what stands before a plate's sky; 1 in front.

    Args:
        light: (H, W, 3) the plate, linear.
        coded: (H, W, 3) the same in the log encoding.
        line: (W,) its skyline, rows.
        rim_px: How far on either side of it the matte is worked out.
        reach_px: How far above it things may stand.
        plain: The sky is so plain that all of it is told by being like what is above: a
            beak and an overhang are no line.
        solid: (H, W) drawn over what is surely in front, though it is like the sky.
        blown: (H, W) drawn around sand or smoke that the sky shows through.
        bare: (H, W) drawn around twigs that it is seen between.
    """
    rows = np.arange(light.shape[0])[:, None]
    veil = np.zeros(light.shape[:2], bool) if blown is None else blown
    if bare is not None:
        veil = veil | (bare & _wider(thin_dark(coded, TWIG_PX) > TWIG, 1))
    open_sky = (rows < line[None, :] - reach_px) & ~veil
    clean = _clean(coded, open_sky)
    if plain:
        clean, even = _bent(coded, open_sky), _even(coded)
        if solid is not None:
            even &= ~solid
        for _ in range(PLAIN_ROUNDS):
            like = even & (np.abs(coded - clean).max(axis=-1) < LIKE)
            sky = _reached(open_sky & like, like)
            clean = _clean(coded, sky)
        front = ~_wider(sky, rim_px)
        sky = ~_wider(~sky, rim_px)
    else:
        darker = (clean - coded).mean(axis=-1) > DARKER
        may = darker & ~open_sky
        stands = may & (rows >= line[None, :] - 2)
        for _ in range(reach_px):
            stands = may & _wider(stands, 1)
        sky = (rows < line[None, :] - rim_px) & ~_wider(stands, 3) & ~veil
        front = rows > line[None, :] + rim_px
    if solid is not None:
        front |= ~_wider(~solid, SURE_PX)
        sky &= ~front
    grain = _grain(light, sky)
    grainy = grain > GRAINY
    hint = _hint(_evened(coded) if grainy else coded, _clean(coded, sky), front)
    matte = _closed_form(light, sky, front, hint, GRAINS * grain if grainy else TOLERANCE)
    return np.where(matte < CLEAR, 0, np.where(matte > SOLID, 1, matte)).astype(np.float32)


def without_flare(
    matte: Floats, light: Floats, middle: tuple[float, float], reach_px: tuple[float, float]
) -> Floats:
    """
    Return ``matte`` (H, W) without what the plate's own sun has blown out before the land.

    There is no land in it, only the sun's light in the lens: held, it is a flat cut under a new
    sun. All of it is left out as far as the first of ``reach_px`` around ``middle`` (column,
    row), nothing beyond the second.
    """
    rows, columns = np.indices(matte.shape)
    away = np.hypot(rows - middle[1], columns - middle[0])
    first, last = reach_px
    near = np.clip((last - away) / (last - first), 0, 1)
    grey = light.mean(axis=-1)
    low, high = (share * float(grey[away < first].max()) for share in BLOWN)
    blown = np.clip((grey - low) / (high - low), 0, 1)
    share = near * blown * blown * (3 - 2 * blown)
    return np.asarray(matte * (1 - share), np.float32)


def _clean(coded: Floats, sky: Mask) -> Floats:
    """Return (H, W, 3) the sky spread behind what stands before it."""
    return membrane(np.where(sky[..., None], coded, np.float32(0)), _bytes(sky))


def _bent(coded: Floats, sky: Mask) -> Floats:
    """Return (H, W, 3) the quadric through a sky, without what is far from it."""
    y, x = (np.indices(sky.shape) / sky.shape[1]).astype(np.float64)
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    found = coded
    for _ in range(PLAIN_ROUNDS):
        weights = np.linalg.lstsq(terms[sky], coded[sky].astype(np.float64), rcond=None)[0]
        found = (terms @ weights).astype(np.float32)
        sky = sky & (np.abs(coded - found).max(axis=-1) < 2 * LIKE)
    return found


def _even(coded: Floats) -> Mask:
    """Return (H, W) where 3 x 3 pixels differ as little as those of a plain sky."""
    grey = np.pad(coded.mean(axis=-1), 1, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(grey, (3, 3))
    return np.asarray(windows.max(axis=(2, 3)) - windows.min(axis=(2, 3)) < LIKE)


def _reached(seeds: Mask, open_to: Mask) -> Mask:
    """Return (H, W) what of ``open_to`` hangs together with ``seeds``."""
    while True:
        grown = seeds
        for _ in range(STEP_PX):
            grown = open_to & _wider(grown, 1)
        if grown.sum() == seeds.sum():
            return grown
        seeds = grown


def _wider(mask: Mask, steps: int) -> Mask:
    """Return (H, W) ``mask`` with as many more pixels all around."""
    for _ in range(steps):
        room = np.pad(mask, 1)
        across = room[:, :-2] | room[:, 1:-1] | room[:, 2:]
        mask = across[:-2] | across[1:-1] | across[2:]
    return mask


def _bytes(mask: Mask) -> NDArray[np.uint8]:
    return np.ascontiguousarray(mask, dtype=np.uint8)


def _hint(coded: Floats, clean: Floats, front: Mask) -> Floats:
    """Return (H, W) how far from the clean sky towards the nearest foreground a pixel lies."""
    body = membrane(np.where(front[..., None], coded, np.float32(0)), _bytes(front))
    one, other = _stops(coded - clean), _stops(body - clean)
    along = (one * other).sum(axis=-1) / np.maximum((other * other).sum(axis=-1), 1e-3)
    return np.clip(along, 0, 1).astype(np.float32)


def _stops(apart: Floats) -> Floats:
    """Return what a step in the log encoding takes from or adds to a light of 1."""
    return np.asarray(2.0 ** (apart * 17.52) - 1.0, np.float32)


def _grain(light: Floats, sky: Mask) -> float:
    """Return the usual variance of 3 x 3 pixels of a plate's sky, in squares of its light."""
    level = float(np.median(light[sky].mean(axis=-1)))
    grey = np.pad(light.mean(axis=-1) / level, 1, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(grey, (3, 3))
    return float(np.median(windows.var(axis=(2, 3))[sky]))


def _evened(coded: Floats) -> Floats:
    """Return (H, W, 3) means over 5 x 5 pixels, in which grain tells nothing."""
    room = np.pad(coded, ((2, 2), (2, 2), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(room, (5, 5), axis=(0, 1))
    return np.asarray(windows.mean(axis=(3, 4)), np.float32)


def _closed_form(
    light: Floats, sky: Mask, front: Mask, hint: Floats, tolerance: float
) -> Floats:
    """
    Return the matte (H, W), known in ``sky`` and ``front``.

    Source: A. Levin, D. Lischinski, Y. Weiss: A Closed-Form Solution to Natural Image
    Matting, PAMI 30 (2008), equation 12, over 3 x 3 windows.
    """
    height, width = sky.shape
    unknown = ~sky & ~front
    at = np.pad(_wider(unknown, 1)[1:-1, 1:-1], 1)
    level = float(np.median(light[sky].mean(axis=-1)))
    seen = np.clip(light / level, 0, WHITE).astype(np.float64)
    ys, xs = np.nonzero(at)
    steps = np.indices((3, 3)).reshape(2, 9) - 1
    index = (ys[:, None] + steps[0]) * width + xs[:, None] + steps[1]
    colours = seen.reshape(-1, 3)[index]
    off = colours - colours.mean(axis=1, keepdims=True)
    spread = np.einsum("nki,nkj->nij", off, off) / 9 + np.eye(3) * (tolerance / 9)
    share = (1 + np.einsum("nki,nij,nlj->nkl", off, np.linalg.inv(spread), off)) / 9
    used, own = np.unique(index, return_inverse=True)
    own = own.reshape(index.shape)
    held = np.where(unknown, HINT, HELD).ravel()[used]
    wanted = np.where(front, 1.0, np.where(sky, 0.0, hint)).ravel()
    found = wanted.copy()
    found[used] = _solved(np.eye(9)[None] - share, own, held, wanted[used])
    whole = np.where(unknown, np.clip(found.reshape(height, width), 0, 1), front)
    return whole.astype(np.float32)


def _solved(
    ties: NDArray[np.float64],
    own: NDArray[np.intp],
    held: NDArray[np.float64],
    wanted: NDArray[np.float64],
) -> NDArray[np.float64]:
    """
    Return (N,) what the windows' ``ties`` (M, 9, 9) make of what is ``wanted``.

    Source: conjugate gradients, preconditioned by the diagonal (Shewchuk 1994, B3).
    """

    def tied(values: NDArray[np.float64]) -> NDArray[np.float64]:
        pulls = np.einsum("nkl,nl->nk", ties, values[own])
        return np.bincount(own.ravel(), pulls.ravel(), len(held)) + held * values

    weight = np.bincount(own.ravel(), np.einsum("nkk->nk", ties).ravel(), len(held)) + held
    found = wanted.copy()
    rest = held * wanted - tied(found)
    step = eased = rest / weight
    size = first = float(rest @ eased)
    for _ in range(ROUNDS):
        if size <= ENOUGH * first:
            break
        pull = tied(step)
        share = size / float(step @ pull)
        found = found + share * step
        rest = rest - share * pull
        eased = rest / weight
        last, size = size, float(rest @ eased)
        step = eased + (size / last) * step
    return found
