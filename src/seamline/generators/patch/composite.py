"""
The composite: one source pixel each, and a smooth correction that hides the seams.

Every painted pixel starts as a copy of its match. The gradients wanted are the mean
of the two sources' own; where the copies' difference does not agree, the mismatch is
spread by Poisson's equation, except that a mismatch too large to be a seam is a real
edge and is left standing: m / (1 + (m / tau)^4). Solved by multigrid V-cycles.
Source: Perez, Gangnet, Blake, Poisson Image Editing, SIGGRAPH 2003.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seamline.fast import njit
from seamline.generators.patch.resample import Bytes, Floats, blur

TAU = 0.06
TAU_SMOOTH = 0.4
TAU_KEPT = 0.4
"""Added where plate and source are both smooth: a sky must not show where it was joined."""
ANCHOR_WHOLE = 2e-6
"""Pull back to the copies inside a whole piece: seams may spread over some 700 px."""
ANCHOR_HOLE = 1e-4
"""The same in a hole that is tied to the plate."""
ANCHOR_SOFT_PX = 6
"""Between smooth and textured copies the pull goes over within so many pixels."""
ANCHOR_FILLED = 2e-3
"""The same where patches were filled in: repeated gradients must not add up (22 px)."""
SMOOTH_PX = 4
"""What is smooth is told from squares of twice this half side and one pixel."""
FARTHEST = 0.12
"""No pixel is moved farther from its source than two stops of ACEScct."""
KEPT, OPEN, ABSENT = 0, 1, 2


@njit(nogil=True, cache=True)
def copies_of(colour: Floats, field: Any, shown: Bytes) -> Floats:
    """Return (H, W, 3) the matches of ``shown`` pixels in ``colour`` (A, B, 3), 0 elsewhere."""
    h, w = shown.shape
    out = np.zeros((h, w, 3), np.float32)
    for y in range(h):
        for x in range(w):
            if shown[y, x]:
                for c in range(3):
                    out[y, x, c] = colour[field[y, x, 0], field[y, x, 1], c]
    return out


@njit(nogil=True, cache=True)
def torn(field: Any, shown: Bytes) -> bool:
    """Whether neighbours among the ``shown`` pixels were not copied from neighbours."""
    h, w = shown.shape
    for y in range(h):
        for x in range(w):
            if shown[y, x] == 0:
                continue
            a, b = field[y, x, 0], field[y, x, 1]
            if (
                x > 0
                and shown[y, x - 1]
                and (field[y, x - 1, 0] != a or field[y, x - 1, 1] != b - 1)
            ):
                return True
            if (
                y > 0
                and shown[y - 1, x]
                and (field[y - 1, x, 0] != a - 1 or field[y - 1, x, 1] != b)
            ):
                return True
    return False


@njit(nogil=True, cache=True)
def mismatch(
    atlas: Floats,
    valid: Bytes,
    smooth: Floats,
    field: Any,
    state: Bytes,
    copied: Floats,
    shifted: bool,
    rhs: Floats,
    plate_smooth: Floats,
    tau: float,
    tau_smooth: float,
    tau_kept: float,
) -> None:
    """
    Set ``rhs`` (H, W, 3): what the correction's Laplacian must be at ``OPEN`` pixels.

    Args:
        atlas: (A, B, 3) references.
        valid: (A, B) 1 where a pixel may be looked at.
        smooth: (A, B) 1 in smooth regions, 0 in texture.
        field: (H, W, 2) match of each pixel.
        state: (H, W) ``KEPT``, ``OPEN`` or ``ABSENT``.
        copied: (H, W, 3) copies, and the plate where kept.
        shifted: ``copied`` are not the copies themselves: each may be lifted a little.
        rhs: (H, W, 3) is added to.
        plate_smooth: (H, W) 1 where the plate is smooth, 0 in its texture and at its edges.
        tau: Mismatch that is half removed, in texture.
        tau_smooth: What is added to it where both sources are smooth.
        tau_kept: The same where plate and source are both smooth.
    """
    h, w = state.shape
    ah, aw = valid.shape
    for y in range(h):
        for x in range(w):
            if state[y, x] != OPEN:
                continue
            for d in range(4):
                yy = y + (1 if d == 0 else -1 if d == 1 else 0)
                xx = x + (1 if d == 2 else -1 if d == 3 else 0)
                if yy < 0 or xx < 0 or yy >= h or xx >= w or state[yy, xx] == ABSENT:
                    continue
                sy, sx = field[y, x, 0], field[y, x, 1]
                ny, nx = sy + yy - y, sx + xx - x
                ty, tx = field[yy, xx, 0], field[yy, xx, 1]
                my, mx = ty - (yy - y), tx - (xx - x)
                near = ny >= 0 and nx >= 0 and ny < ah and nx < aw and valid[ny, nx] != 0
                far = state[yy, xx] == OPEN
                tau_here = tau + tau_kept * min(smooth[sy, sx], plate_smooth[yy, xx])
                if far:
                    tau_here = tau + tau_smooth * min(smooth[sy, sx], smooth[ty, tx])
                    if ny == ty and nx == tx and not shifted:
                        continue  # both copied from one place: nothing to mend
                    far = my >= 0 and mx >= 0 and my < ah and mx < aw and valid[my, mx] != 0
                for c in range(3):
                    g = np.float32(0.0)
                    n = np.float32(0.0)
                    if near:
                        g += atlas[ny, nx, c] - atlas[sy, sx, c]
                        n += 1
                    if far:
                        g += atlas[ty, tx, c] - atlas[my, mx, c]
                        n += 1
                    if n > 0:
                        g /= n
                    m = copied[yy, xx, c] - copied[y, x, c] - g
                    q = m / tau_here
                    rhs[y, x, c] += m / (np.float32(1.0) + q * q * q * q)


@njit(nogil=True, cache=True)
def relax(c: Floats, rhs: Floats, state: Bytes, anchor: Floats, colour: int) -> None:
    """One Gauss-Seidel pass over the red or the black pixels, in place."""
    h, w = state.shape
    for y in range(h):
        for x in range((y + colour) & 1, w, 2):
            if state[y, x] != OPEN:
                continue
            n = anchor[y, x]
            s0, s1, s2 = rhs[y, x, 0], rhs[y, x, 1], rhs[y, x, 2]
            if y > 0 and state[y - 1, x] != ABSENT:
                s0 += c[y - 1, x, 0]
                s1 += c[y - 1, x, 1]
                s2 += c[y - 1, x, 2]
                n += 1
            if y < h - 1 and state[y + 1, x] != ABSENT:
                s0 += c[y + 1, x, 0]
                s1 += c[y + 1, x, 1]
                s2 += c[y + 1, x, 2]
                n += 1
            if x > 0 and state[y, x - 1] != ABSENT:
                s0 += c[y, x - 1, 0]
                s1 += c[y, x - 1, 1]
                s2 += c[y, x - 1, 2]
                n += 1
            if x < w - 1 and state[y, x + 1] != ABSENT:
                s0 += c[y, x + 1, 0]
                s1 += c[y, x + 1, 1]
                s2 += c[y, x + 1, 2]
                n += 1
            k = np.float32(1.0) / n
            c[y, x, 0], c[y, x, 1], c[y, x, 2] = s0 * k, s1 * k, s2 * k


@njit(nogil=True, cache=True)
def residual(c: Floats, rhs: Floats, state: Bytes, anchor: Floats) -> Any:
    """Return residual and anchor summed over squares of four, and the state, at half size."""
    h, w = state.shape
    h2, w2 = (h + 1) // 2, (w + 1) // 2
    out = np.zeros((h2, w2, 3), np.float32)
    opened = np.zeros((h2, w2), np.int32)
    kept = np.zeros((h2, w2), np.int32)
    pull = np.zeros((h2, w2), np.float32)
    for y in range(h):
        for x in range(w):
            if state[y, x] == KEPT:
                kept[y // 2, x // 2] += 1
            if state[y, x] != OPEN:
                continue
            opened[y // 2, x // 2] += 1
            pull[y // 2, x // 2] += anchor[y, x]
            for k in range(3):
                s = rhs[y, x, k] - anchor[y, x] * c[y, x, k]
                if y > 0 and state[y - 1, x] != ABSENT:
                    s += c[y - 1, x, k] - c[y, x, k]
                if y < h - 1 and state[y + 1, x] != ABSENT:
                    s += c[y + 1, x, k] - c[y, x, k]
                if x > 0 and state[y, x - 1] != ABSENT:
                    s += c[y, x - 1, k] - c[y, x, k]
                if x < w - 1 and state[y, x + 1] != ABSENT:
                    s += c[y, x + 1, k] - c[y, x, k]
                out[y // 2, x // 2, k] += s
    coarse = np.zeros((h2, w2), np.uint8)
    for y in range(h2):
        for x in range(w2):
            if kept[y, x] > 1 or (kept[y, x] == 1 and opened[y, x] < 3):
                coarse[y, x] = KEPT
            elif opened[y, x] > 0:
                coarse[y, x] = OPEN
            else:
                coarse[y, x] = KEPT if kept[y, x] else ABSENT
    return out, coarse, pull


@njit(nogil=True, cache=True)
def add_coarse(c: Floats, e: Floats, state: Bytes) -> None:
    """Add the half-size correction ``e``, bilinear, to ``c`` at ``OPEN`` pixels."""
    h, w = state.shape
    h2, w2 = e.shape[:2]
    for y in range(h):
        y0 = (y - 1) // 2 if y % 2 == 0 else y // 2
        fy = np.float32(0.75) if y % 2 == 0 else np.float32(0.25)
        a, b = max(y0, 0), min(y0 + 1, h2 - 1)
        for x in range(w):
            if state[y, x] != OPEN:
                continue
            x0 = (x - 1) // 2 if x % 2 == 0 else x // 2
            fx = np.float32(0.75) if x % 2 == 0 else np.float32(0.25)
            p, q = max(x0, 0), min(x0 + 1, w2 - 1)
            for k in range(3):
                top = e[a, p, k] + (e[a, q, k] - e[a, p, k]) * fx
                bottom = e[b, p, k] + (e[b, q, k] - e[b, p, k]) * fx
                c[y, x, k] += np.float32(0.8) * (top + (bottom - top) * fy)


def cycle(c: Floats, rhs: Floats, state: Bytes, anchor: Floats) -> None:
    """Bring ``c`` (H, W, 3) nearer to its equation at ``OPEN`` pixels: a V-cycle, in place."""
    small = min(state.shape) <= 12
    for _ in range(40 if small else 2):
        relax(c, rhs, state, anchor, 0)
        relax(c, rhs, state, anchor, 1)
    if small:
        return
    coarse_rhs, coarse_state, pull = residual(c, rhs, state, anchor)
    e = np.zeros_like(coarse_rhs)
    cycle(e, coarse_rhs, coarse_state, pull)
    add_coarse(c, e, state)
    for _ in range(2):
        relax(c, rhs, state, anchor, 1)
        relax(c, rhs, state, anchor, 0)


@njit(nogil=True, cache=True)
def _mean(colour: Floats) -> Any:
    h, w, _ = colour.shape
    light = np.zeros((h, w), np.float32)
    square = np.zeros((h, w), np.float32)
    for y in range(h):
        for x in range(w):
            g = (colour[y, x, 0] + colour[y, x, 1] + colour[y, x, 2]) / np.float32(3.0)
            light[y, x] = g
            square[y, x] = g * g
    return light, square


def smoothness(colour: Floats) -> Floats:
    """Return (A, B) near 1 where ``colour`` (A, B, 3) is smooth over 9 px, 0 in texture."""
    light, square = _mean(colour)
    light, square = blur(light, SMOOTH_PX), blur(square, SMOOTH_PX)
    # In place: of an atlas at 2K each of these is 17 MB, at the fullest moment of a painting.
    light *= light
    square -= light
    np.maximum(square, np.float32(0.0), out=square)
    square /= np.float32(0.012**2)
    square += np.float32(1.0)
    square *= square
    result: Floats = np.divide(np.float32(1.0), square, out=square)
    return result


def correction(
    atlas: Floats,
    valid: Bytes,
    smooth: Floats,
    field: Any,
    state: Bytes,
    copied: Floats,
    anchor: Floats,
    *,
    shifted: bool = False,
    plate_smooth: Floats | None = None,
    cycles: int = 6,
) -> Floats:
    """
    Return (H, W, 3) what to add to ``copied`` so that its seams vanish; 0 where not open.

    ``anchor`` (H, W) is the pull back to the copies, ``ANCHOR_...``; the other arguments
    are those of ``mismatch``. Without ``plate_smooth`` it is told from ``copied``.
    """
    rhs = np.zeros_like(copied)
    plate_smooth = smoothness(copied) if plate_smooth is None else plate_smooth
    mismatch(
        atlas, valid, smooth, field, state, copied, shifted, rhs, plate_smooth, TAU,
        TAU_SMOOTH, TAU_KEPT,
    )  # fmt: skip
    c = np.zeros_like(copied)
    if not rhs.any():
        return c
    for _ in range(cycles):
        cycle(c, rhs, state, anchor)
    limited: Floats = np.clip(c, np.float32(-FARTHEST), np.float32(FARTHEST), out=c)
    return limited


def anchor_of(smooth: Floats, field: Any, state: Bytes) -> Floats:
    """
    Return (H, W) the pull back to the copies in a hole: hardly any where these are smooth.

    A sky that was tied to the plate's within a hundred pixels shows a pale beam there.
    ``smooth`` (A, B) is the atlas's, as ``smoothness`` gives it.
    """
    opened = state == OPEN
    share = np.where(opened, smooth[field[..., 0], field[..., 1]], np.float32(0))
    share = blur(np.ascontiguousarray(share, dtype=np.float32), ANCHOR_SOFT_PX)
    range_ = np.float32(ANCHOR_WHOLE) - np.float32(ANCHOR_HOLE)
    found: Floats = np.float32(ANCHOR_HOLE) + range_ * share
    return found
