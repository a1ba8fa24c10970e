"""
Lens distortion: Brown and Conrady's polynomial, forwards and backwards, and where it folds.

Coordinates are without unit: x right and y *down* from the lens's axis, over the focal
length, of the desqueezed picture. A polynomial goes one way (``Distortion.way``); the other
way is Newton's method. Far out a polynomial may turn back and show the same thing twice: from
there on, everything is NaN, never a wrong place. Plain sums, products, quotients and square
roots only: the same bits on any processor.

Source: Brown, Close-range camera calibration, 1971; OpenCV, "Camera Calibration and 3D
Reconstruction" (rational model); OpenLensIO 1.0.1 (screen coordinates in millimetres).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seamline.show.camera import TO_DISTORTED, Distortion

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]
FARTHEST = 4.0
"""Radius over focal length beyond which nothing is looked at: 76 degrees off the axis."""
CLOSE = 1e-12
"""Newton's last step; over a focal length of 5,000 px it is 5e-9 px."""
_STEPS, _BLOCK, _TABLE = 12, 1 << 15, 512


def distorted(lens: Distortion, x: Floats, y: Floats) -> Pair:
    """
    Return where (x, y) of a perfect lens, (...), lie through ``lens``; NaN where it folds.

    Args:
        lens: Its terms, and which way they go.
        x: (...) over the focal length, right.
        y: (...) likewise, down.
    """
    way = bent if lens.way == TO_DISTORTED else unbent
    return way(lens, x, y)


def undistorted(lens: Distortion, x: Floats, y: Floats) -> Pair:
    """
    Return where (x, y), (...), of a picture through ``lens`` would lie through a perfect one.

    Args:
        lens: Its terms, and which way they go.
        x: (...) over the focal length, right.
        y: (...) likewise, down.
    """
    way = unbent if lens.way == TO_DISTORTED else bent
    return way(lens, x, y)


def bent(lens: Distortion, x: Floats, y: Floats) -> Pair:
    """Return the polynomial of (x, y), (...), the way it goes; NaN outside its domain."""
    at_x, at_y = x - lens.offset_x, y - lens.offset_y
    to_x, to_y, xx, xy, yy = with_slopes(lens, at_x, at_y)
    limit = fold_radius(lens)
    inside = at_x * at_x + at_y * at_y < limit * limit
    inside &= (xx > 0) & (xx * yy - xy * xy > 0)
    return (
        np.where(inside, to_x + lens.offset_x, np.nan),
        np.where(inside, to_y + lens.offset_y, np.nan),
    )


def unbent(lens: Distortion, x: Floats, y: Floats) -> Pair:
    """
    Return what the polynomial takes to (x, y), (...), to 1e-10; NaN where there is no such.

    Newton's method from a table of the radial part, which inside the fold only grows.
    """
    x, y = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64))
    shape, flat_x, flat_y = x.shape, x.reshape(-1), y.reshape(-1)
    found_x, found_y = np.empty_like(flat_x), np.empty_like(flat_y)
    for first in range(0, flat_x.size, _BLOCK):
        part = slice(first, first + _BLOCK)
        found_x[part], found_y[part] = _newton(lens, flat_x[part], flat_y[part])
    return found_x.reshape(shape), found_y.reshape(shape)


def _newton(lens: Distortion, x: Floats, y: Floats) -> Pair:
    goal_x, goal_y = x - lens.offset_x, y - lens.offset_y
    radii, bent_radii = _table(lens)
    goal = np.sqrt(goal_x * goal_x + goal_y * goal_y)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        stretch = np.interp(goal, bent_radii, radii) / np.where(goal > 0, goal, 1.0)
        at_x, at_y = goal_x * stretch, goal_y * stretch
        moved = np.full(goal.shape, np.inf)
        for _ in range(_STEPS):
            to_x, to_y, xx, xy, yy = with_slopes(lens, at_x, at_y)
            off_x, off_y = goal_x - to_x, goal_y - to_y
            area = xx * yy - xy * xy
            step_x = (yy * off_x - xy * off_y) / area
            step_y = (xx * off_y - xy * off_x) / area
            at_x, at_y = at_x + step_x, at_y + step_y
            moved = np.maximum(np.abs(step_x), np.abs(step_y))
            if not (moved > CLOSE).any():
                break
        limit = fold_radius(lens)
        found = (moved <= 10 * CLOSE) & (at_x * at_x + at_y * at_y < limit * limit)
        found &= (xx > 0) & (area > 0)
    return (
        np.where(found, at_x + lens.offset_x, np.nan),
        np.where(found, at_y + lens.offset_y, np.nan),
    )


def with_slopes(lens: Distortion, x: Floats, y: Floats) -> tuple[Floats, ...]:
    """
    Return the polynomial of (x, y), (...), and its derivatives xx, xy = yx and yy.

    Args:
        lens: Its terms; its way, and where its centre lies, are not looked at.
        x: (...) from the polynomial's own centre, over the focal length, right.
        y: (...) likewise, down.
    """
    k1, k2, k3, k4, k5, k6 = _six(lens)
    p1, p2 = lens.tangential or (0.0, 0.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        s = x * x + y * y
        upper = ((k3 * s + k2) * s + k1) * s + 1.0
        up = (3.0 * k3 * s + 2.0 * k2) * s + k1
        if k4 or k5 or k6:
            lower = ((k6 * s + k5) * s + k4) * s + 1.0
            low = (3.0 * k6 * s + 2.0 * k5) * s + k4
            upper, up = upper / lower, (up * lower - upper * low) / (lower * lower)
        xy = 2.0 * (x * y)
        cross = xy * up + 2.0 * p1 * x + 2.0 * p2 * y
        return (
            x * upper + p1 * xy + p2 * (s + 2.0 * (x * x)),
            y * upper + p1 * (s + 2.0 * (y * y)) + p2 * xy,
            upper + 2.0 * (x * x) * up + 2.0 * p1 * y + 6.0 * p2 * x,
            cross,
            upper + 2.0 * (y * y) * up + 6.0 * p1 * y + 2.0 * p2 * x,
        )


def _six(lens: Distortion) -> tuple[float, ...]:
    return (*lens.radial, *(0.0 for _ in range(6 - len(lens.radial))))


@lru_cache(maxsize=256)
def fold_radius(lens: Distortion) -> float:
    """
    Return the radius over focal length, the way the polynomial goes, at which it folds.

    Where its radial part stops growing, or divides by nothing; ``FARTHEST`` if that is
    farther out than anything is looked at.
    """
    last, count = 0.0, 4096
    for n in range(1, count + 1):
        r = FARTHEST * n / count
        if not _grows(lens, r):
            inner, outer = last, r
            for _ in range(60):
                middle = (inner + outer) / 2
                inner, outer = (middle, outer) if _grows(lens, middle) else (inner, middle)
            return inner
        last = r
    return FARTHEST


def _grows(lens: Distortion, r: float) -> bool:
    k1, k2, k3, k4, k5, k6 = _six(lens)
    s = r * r
    upper, lower = ((k3 * s + k2) * s + k1) * s + 1.0, ((k6 * s + k5) * s + k4) * s + 1.0
    up, low = (3 * k3 * s + 2 * k2) * s + k1, (3 * k6 * s + 2 * k5) * s + k4
    return lower > 0 and upper * lower + 2 * s * (up * lower - upper * low) > 0


@lru_cache(maxsize=256)
def _table(lens: Distortion) -> Pair:
    """Return radii inside the fold, and where the radial part takes them; both growing."""
    radii = np.arange(_TABLE + 1, dtype=np.float64) * (fold_radius(lens) / _TABLE)
    plain = Distortion(way=lens.way, radial=lens.radial)
    found = with_slopes(plain, radii, np.zeros_like(radii))[0]
    return radii, found


def from_openlensio(
    way: str, radial: tuple[float, ...], tangential: tuple[float, ...], focal_length_mm: float,
    *, offset_mm: tuple[float, float] = (0.0, 0.0),
) -> Distortion:  # fmt: skip
    """
    Return OpenLensIO's terms as the show's.

    OpenLensIO's coordinates are millimetres on the sensor, and its radial terms stand above
    and below the line by turns (k1 k3 k5 over k2 k4 k6). So a radial term of the 2n-th power
    is multiplied by F^2n, and a tangential one by F: it stands for mm per mm^2, and the
    paper's F^2 moves a picture of HD by 1.2 px.

    Args:
        way: Which way they go.
        radial: Up to six, as OpenLensIO orders them.
        tangential: None or two.
        focal_length_mm: The pinhole's.
        offset_mm: Of the distortion's centre from the axis, right and down.
    """
    f = focal_length_mm
    six = (*radial, *(0.0 for _ in range(6 - len(radial))))
    shown = [six[0], six[2], six[4], six[1], six[3], six[5]]
    powers = [2, 4, 6, 2, 4, 6]
    terms = tuple(v * f**n for v, n in zip(shown, powers, strict=True))
    return Distortion(
        way=way,
        radial=_short(terms),
        tangential=tuple(v * f for v in tangential),
        offset_x=offset_mm[0] / f,
        offset_y=offset_mm[1] / f,
    )


def to_openlensio(
    lens: Distortion, focal_length_mm: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return radial and tangential terms as OpenLensIO writes them, for mm on the sensor."""
    f, k = focal_length_mm, _six(lens)
    radial = (k[0] / f**2, k[3] / f**2, k[1] / f**4, k[4] / f**4, k[2] / f**6, k[5] / f**6)
    return _short(radial), tuple(v / f for v in lens.tangential)


def _short(terms: tuple[float, ...]) -> tuple[float, ...]:
    """Return ``terms`` without zeros at their end."""
    last = max((n for n, v in enumerate(terms) if v), default=-1)
    return terms[: last + 1]
