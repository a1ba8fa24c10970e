"""
The seam as a line: where a matte passes one half, and the picture laid out along it.

A strip shows the whole contour straightened, generated above and live below, so
that a rim, a step or a soft place shows as a band wherever on the line it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Line = NDArray[np.float64]

HALF = 0.5
SMOOTH_PX = 4
"""A normal is told from the line this far to both sides."""


def contours(matte: Image, level: float = HALF) -> list[Line]:
    """
    Return the lines along which ``matte`` (H, W) passes ``level``, longest first.

    Each is (N, 2) float64: x and y in pixels from the top left of the array, pixel
    centres at halves. Closed lines end where they began; lines that leave the picture
    are open. Without a crossing there is none.

    Source:
        Marching squares: W. Lorensen, H. Cline, Marching Cubes, SIGGRAPH 1987, in two
        dimensions; where a cell is crossed four times, the two lines keep the high side
        together.
    """
    height, width = matte.shape
    field = matte.astype(np.float64) - level
    inside = field >= 0
    points: dict[int, tuple[float, float]] = {}
    for vertical in (False, True):
        a, b = (field[:-1], field[1:]) if vertical else (field[:, :-1], field[:, 1:])
        rows, columns = np.nonzero((a >= 0) != (b >= 0))
        share = a[rows, columns] / (a[rows, columns] - b[rows, columns])
        names = rows * width + columns + (height * width if vertical else 0)
        x = columns + 0.5 + (0 if vertical else share)
        y = rows + 0.5 + (share if vertical else 0)
        points.update(
            zip(names.tolist(), zip(x.tolist(), y.tolist(), strict=True), strict=True)
        )
    return sorted(_joined(_segments(inside), points), key=len, reverse=True)


def _segments(inside: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the pairs of crossed grid edges that one cell joins."""
    height, width = inside.shape
    corners = (
        inside[:-1, :-1] * 1 + inside[:-1, 1:] * 2 + inside[1:, 1:] * 4 + inside[1:, :-1] * 8
    )
    rows, columns = np.nonzero((corners > 0) & (corners < 15))
    found = []
    down = height * width
    for y, x, code in zip(
        rows.tolist(), columns.tolist(), corners[rows, columns].tolist(), strict=True
    ):
        top, bottom = y * width + x, (y + 1) * width + x
        left, right = down + y * width + x, down + y * width + x + 1
        bits = [bool(code & bit) for bit in (1, 2, 4, 8)]
        if code in (5, 10):  # upper left and lower right alike: two lines
            pairs = (
                [(top, right), (left, bottom)] if code == 5 else [(top, left), (right, bottom)]
            )
            found += pairs
            continue
        crossed = [
            edge
            for edge, (i, j) in zip(
                (top, right, bottom, left), ((0, 1), (1, 2), (2, 3), (3, 0)), strict=True
            )
            if bits[i] != bits[j]
        ]
        found.append((crossed[0], crossed[1]))
    return found


def _joined(
    segments: list[tuple[int, int]], points: dict[int, tuple[float, float]]
) -> list[Line]:
    """Return lines of ``points``: ``segments`` joined where they share a grid edge."""
    neighbours: dict[int, list[int]] = {}
    for a, b in segments:
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    lines = []
    ends = [edge for edge, near in neighbours.items() if len(near) == 1]
    for begin in [*ends, *neighbours]:
        if not neighbours.get(begin):
            continue
        walked, at = [begin], begin
        while neighbours[at]:
            after = neighbours[at].pop()
            neighbours[after].remove(at)
            walked.append(after)
            at = after
        lines.append(np.array([points[edge] for edge in walked], np.float64))
    return lines


def evenly(line: Line, step_px: float = 1.0) -> Line:
    """Return (M, 2) points along ``line`` (N, 2), ``step_px`` apart; its ends are kept."""
    lengths = np.hypot(*np.diff(line, axis=0).T)
    at = np.concatenate([[0.0], np.cumsum(lengths)])
    wanted = np.linspace(0, at[-1], max(2, round(at[-1] / step_px) + 1))
    return np.stack([np.interp(wanted, at, line[:, i]) for i in range(2)], axis=-1)


def along(picture: Image, matte: Image, line: Line, half_px: int) -> Image:
    """
    Return ``picture`` laid out along ``line``: (2 ``half_px``, M, C) float32.

    One column is one pixel of the line; rows run across it, from ``half_px`` on the
    side where ``matte`` is low (above) to ``half_px`` on the side where it is high.

    Args:
        picture: (H, W, C), scene-linear or display-coded; sampled bilinearly, its
            border carried on.
        matte: (H, W), 1 = live.
        line: (N, 2) from ``contours``.
        half_px: How far to both sides.
    """
    points = evenly(line)
    reach = min(SMOOTH_PX, len(points) - 1)
    padded = np.pad(points, ((reach, reach), (0, 0)), mode="edge")
    way = padded[2 * reach :] - padded[: -2 * reach]
    length = np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)
    normal = np.stack([-way[:, 1], way[:, 0]], axis=-1) / length[:, None]
    plane = matte[..., None]
    probe = sum(
        _sampled(plane, points + sign * near * normal)[:, 0] * sign
        for sign in (-1, 1)
        for near in (1.0, 3.0)
    )
    if float(np.sum(probe)) < 0:
        normal = -normal
    across = np.arange(2 * half_px) + 0.5 - half_px
    places = points[None] + across[:, None, None] * normal[None]
    return _sampled(picture, places.reshape(-1, 2)).reshape(
        2 * half_px, len(points), picture.shape[-1]
    )


def _sampled(picture: Image, points: Line) -> Image:
    """Return (N, C): ``picture`` at ``points`` (N, 2), bilinear, the border carried on."""
    height, width = picture.shape[:2]
    x = np.clip(points[:, 0] - 0.5, 0, width - 1)
    y = np.clip(points[:, 1] - 0.5, 0, height - 1)
    x0 = np.minimum(x.astype(np.int64), max(width - 2, 0))
    y0 = np.minimum(y.astype(np.int64), max(height - 2, 0))
    x1, y1 = np.minimum(x0 + 1, width - 1), np.minimum(y0 + 1, height - 1)
    fx, fy = (x - x0)[:, None], (y - y0)[:, None]
    upper = picture[y0, x0] * (1 - fx) + picture[y0, x1] * fx
    lower = picture[y1, x0] * (1 - fx) + picture[y1, x1] * fx
    sampled: Image = (upper * (1 - fy) + lower * fy).astype(np.float32)
    return sampled
