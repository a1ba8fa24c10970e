"""Compiled twin of ``seamline.optics.reproject``: same name, same shapes, same bits."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from seamline.fast import njit
from seamline.fast.sixteen import add_sixteen
from seamline.optics.arctan import PI, TAN_PI_8, P, Q
from seamline.optics.reproject import MOST_TAPS

Image = NDArray[np.float32]
Floats = NDArray[np.float64]

P0, P1, P2, P3, P4 = P
Q0, Q1, Q2, Q3, Q4 = Q


@njit(cache=True, nogil=True, inline="always")
def _arctan_ratio(y: float, x: float) -> float:
    # Choices of values, not branches: several columns then go side by side.
    ay, ax = abs(y), abs(x)
    big, small = (ay, ax) if ay > ax else (ax, ay)
    t = small / (big if big > 0.0 else 1.0)
    steep = t > TAN_PI_8
    r = (t - 1.0) / (t + 1.0)
    r = r if steep else t
    z = r * r
    top = (((P0 * z + P1) * z + P2) * z + P3) * z + P4
    bottom = ((((z + Q0) * z + Q1) * z + Q2) * z + Q3) * z + Q4
    angle = z * top / bottom * r + r
    angle = angle + PI / 4 if steep else angle
    angle = PI / 2 - angle if ay > ax else angle
    angle = PI - angle if x < 0 else angle
    return -angle if y < 0 else angle


@njit(cache=True, nogil=True, inline="always")
def _limit(value: float, low: float, high: float) -> float:
    value = value if value > low else low
    return value if value < high else high


@njit(cache=True, nogil=True, inline="always")
def _weights(t: np.float32) -> tuple[np.float32, ...]:
    half, one, two = np.float32(0.5), np.float32(1.0), np.float32(2.0)
    return (
        ((-half * t + one) * t - half) * t,
        (np.float32(1.5) * t - np.float32(2.5)) * t * t + one,
        ((np.float32(-1.5) * t + two) * t + half) * t,
        (half * t - half) * t * t,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _row_slopes(
    row: int, rays: Floats, lens: tuple[float, float, float, float], dx: Floats, dy: Floats
) -> None:
    """Fill the slopes that one row of the frame looks along, y up."""
    if rays.shape[0] > 0:
        for column in range(dx.shape[0]):
            dx[column], dy[column] = rays[row, column, 0], rays[row, column, 1]
    else:
        fx, fy, cx, cy = lens
        slope = -(row + 0.5 - cy) / fy
        for column in range(dx.shape[0]):
            dx[column], dy[column] = (column + 0.5 - cx) / fx, slope


@njit(cache=True, nogil=True, error_model="numpy")
def _coordinates(
    r: Floats,
    p: Floats,
    zoom: float,
    place: tuple[float, float, float],
    dx: Floats,
    dy: Floats,
    across: Floats,
    down: Floats,
) -> None:
    """Fill the canvas coordinates that one row of the frame sees, from its middle or off it."""
    left, top, scale = place
    if p[0] == 0.0 and p[1] == 0.0 and p[2] == 0.0:
        for column in range(across.shape[0]):
            u, v = dx[column] * zoom, dy[column] * zoom
            x = r[0, 0] * u + r[0, 1] * v + r[0, 2] * -1.0
            y = r[1, 0] * u + r[1, 1] * v + r[1, 2] * -1.0
            z = r[2, 0] * u + r[2, 1] * v + r[2, 2] * -1.0
            across[column] = (_arctan_ratio(x, -z) - left) * scale
            down[column] = (top - _arctan_ratio(y, math.sqrt(x * x + z * z))) * scale
        return
    inside = 1.0 - (p[0] * p[0] + p[1] * p[1] + p[2] * p[2])
    for column in range(across.shape[0]):
        u, v = dx[column] * zoom, dy[column] * zoom
        x = r[0, 0] * u + r[0, 1] * v + r[0, 2] * -1.0
        y = r[1, 0] * u + r[1, 1] * v + r[1, 2] * -1.0
        z = r[2, 0] * u + r[2, 1] * v + r[2, 2] * -1.0
        along = p[0] * x + p[1] * y + p[2] * z
        length = x * x + y * y + z * z
        reach = (math.sqrt(along * along + length * inside) - along) / length
        x, y, z = p[0] + reach * x, p[1] + reach * y, p[2] + reach * z
        across[column] = (_arctan_ratio(x, -z) - left) * scale
        down[column] = (top - _arctan_ratio(y, math.sqrt(x * x + z * z))) * scale


@njit(cache=True, nogil=True, inline="always")
def _look(canvas: Image, px: float, py: float, light: Floats, column: int) -> None:
    """Add what the canvas shows at (px, py) to ``light[column]``; nothing outside it."""
    height, width, _ = canvas.shape
    if not (px >= 0 and px < width and py >= 0 and py < height):
        return
    u0, v0 = math.floor(px - 0.5), math.floor(py - 0.5)
    xi, yi = int(u0), int(v0)
    add_sixteen(
        canvas,
        (max(yi - 1, 0), max(yi, 0), min(yi + 1, height - 1), min(yi + 2, height - 1)),
        (max(xi - 1, 0), max(xi, 0), min(xi + 1, width - 1), min(xi + 2, width - 1)),
        _weights(np.float32(py - 0.5 - v0)),
        _weights(np.float32(px - 0.5 - u0)),
        light,
        column,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _rows(
    canvas: Image,
    rotations: Floats,
    offsets: Floats,
    zooms: Floats,
    rays: Floats,
    place: tuple[float, float, float],
    lens: tuple[float, float, float, float],
    over: bool,
    frame: Image,
) -> None:
    """Fill ``frame`` row by row, or lay over it: where a row looks, then what it sees there."""
    rows, columns, _ = frame.shape
    count = rotations.shape[0]
    across, down = np.empty(columns), np.empty(columns)
    dx, dy = np.empty(columns), np.empty(columns)
    light = np.empty((columns, 4))
    for row in range(rows):
        light[:] = 0.0
        _row_slopes(row, rays, lens, dx, dy)
        for s in range(count):
            _coordinates(rotations[s], offsets[s], zooms[s], place, dx, dy, across, down)
            for column in range(columns):
                _look(canvas, across[column], down[column], light, column)
        if over:
            _lay_over(light, frame[row])
            continue
        seen, added = frame[row].reshape(-1), light.reshape(-1)
        for n in range(seen.shape[0]):
            seen[n] = np.float32(added[n] / count)


@njit(cache=True, nogil=True, error_model="numpy")
def _lay_over(front: Floats, line: Image) -> None:
    """Lay one row over another, associated alpha; where it is 0 or 1 nothing is multiplied."""
    for column in range(line.shape[0]):
        alpha = np.float32(front[column, 3])
        clear = np.float32(1) - alpha
        for k in range(4):
            value, behind = np.float32(front[column, k]), line[column, k]
            mixed = clear * behind + value
            mixed = value if alpha == 1 else mixed
            line[column, k] = behind if alpha == 0 else mixed


def reproject_sphere(
    canvas: Image,
    canvas_from_camera: Floats,
    *,
    longitude_left_rad: float,
    latitude_top_rad: float,
    px_per_rad: float,
    focal_px: tuple[float, float],
    centre_px: tuple[float, float],
    width_px: int,
    height_px: int,
    rays: Floats | None = None,
    offsets: Floats | None = None,
    zooms: Floats | None = None,
    under: Image | None = None,
) -> Image:
    """Compute the same (H, W, C) frame as the plain twin; releases the interpreter lock."""
    assert canvas.shape[2] == 4, canvas.shape
    count = len(canvas_from_camera)
    frame = np.empty((height_px, width_px, 4), np.float32) if under is None else under
    assert frame.shape == (height_px, width_px, 4), frame.shape
    assert under is None or (count == 1 and under.flags.c_contiguous)
    _rows(
        np.ascontiguousarray(canvas, np.float32),
        np.ascontiguousarray(canvas_from_camera, np.float64),
        _each(offsets, np.zeros((count, 3))),
        _each(zooms, np.ones(count)),
        _rays(rays, (height_px, width_px, 2)),
        (float(longitude_left_rad), float(latitude_top_rad), float(px_per_rad)),
        _lens(focal_px, centre_px),
        under is not None,
        frame,
    )
    return frame


def _each(said: Floats | None, usual: Floats) -> Floats:
    if said is None:
        return usual
    assert said.shape == usual.shape, said.shape
    return np.ascontiguousarray(said, np.float64)


def _rays(said: Floats | None, shape: tuple[int, int, int]) -> Floats:
    if said is None:
        return np.empty((0, 0, 2))
    assert said.shape == shape, said.shape
    return np.ascontiguousarray(said, np.float64)


def _lens(
    focal_px: tuple[float, float], centre_px: tuple[float, float]
) -> tuple[float, float, float, float]:
    return (float(focal_px[0]), float(focal_px[1]), float(centre_px[0]), float(centre_px[1]))


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _on_card(
    r: Floats, p: Floats, place: tuple[float, float, float], u: float, v: float
) -> tuple[float, float]:
    left, top, scale = place
    x = r[0, 0] * u + r[0, 1] * v + r[0, 2] * -1.0
    y = r[1, 0] * u + r[1, 1] * v + r[1, 2] * -1.0
    z = r[2, 0] * u + r[2, 1] * v + r[2, 2] * -1.0
    reach = -p[2] / z
    reach = reach if reach > 0.0 else np.nan
    return (p[0] + reach * x - left) * scale, (top - (p[1] + reach * y)) * scale


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _taps(first: tuple[float, float], last: tuple[float, float]) -> int:
    across, down = last[0] - first[0], last[1] - first[1]
    length = math.sqrt(across * across + down * down)
    if not length < MOST_TAPS:
        return MOST_TAPS
    return int(max(length + 0.5, 1.0))


@njit(cache=True, nogil=True, error_model="numpy")
def _card_rows(
    canvas: Image,
    rotations: Floats,
    spots: Floats,
    zooms: Floats,
    rays: Floats,
    place: tuple[float, float, float],
    lens: tuple[float, float, float, float],
    frame: Image,
) -> None:
    """Fill ``frame`` pixel by pixel, each with as many looks as it spans canvas pixels."""
    height, width, _ = frame.shape
    count = rotations.shape[0]
    dx, dy = np.empty(width), np.empty(width)
    light, total = np.empty((width, 4)), np.empty((1, 4))
    for row in range(height):
        light[:] = 0.0
        _row_slopes(row, rays, lens, dx, dy)
        for s in range(count):
            r, p, zoom = rotations[s], spots[s], zooms[s]
            wide, high = zoom / lens[0], zoom / lens[1]
            for column in range(width):
                u, v = dx[column] * zoom, dy[column] * zoom
                columns = _taps(
                    _on_card(r, p, place, u + -0.5 * wide, v - 0.0 * high),
                    _on_card(r, p, place, u + 0.5 * wide, v - 0.0 * high),
                )
                rows = _taps(
                    _on_card(r, p, place, u + 0.0 * wide, v - -0.5 * high),
                    _on_card(r, p, place, u + 0.0 * wide, v - 0.5 * high),
                )
                total[:] = 0.0
                for j in range(rows):
                    lower = v - ((j + 0.5) / rows - 0.5) * high
                    for i in range(columns):
                        aside = u + ((i + 0.5) / columns - 0.5) * wide
                        x, y = _on_card(r, p, place, aside, lower)
                        _look(canvas, x, y, total, 0)
                for k in range(4):
                    light[column, k] += total[0, k] / (rows * columns)
        for column in range(width):
            for k in range(4):
                frame[row, column, k] = np.float32(light[column, k] / count)


def reproject_card(
    canvas: Image,
    canvas_from_camera: Floats,
    spots_m: Floats,
    *,
    card_left_m: float,
    card_top_m: float,
    px_per_m: float,
    focal_px: tuple[float, float],
    centre_px: tuple[float, float],
    width_px: int,
    height_px: int,
    rays: Floats | None = None,
    zooms: Floats | None = None,
) -> Image:
    """Compute the same (H, W, C) frame as the plain twin; releases the interpreter lock."""
    assert canvas.shape[2] == 4, canvas.shape
    frame = np.empty((height_px, width_px, 4), np.float32)
    _card_rows(
        np.ascontiguousarray(canvas, np.float32),
        np.ascontiguousarray(canvas_from_camera, np.float64),
        np.ascontiguousarray(spots_m, np.float64),
        _each(zooms, np.ones(len(canvas_from_camera))),
        _rays(rays, (height_px, width_px, 2)),
        (float(card_left_m), float(card_top_m), float(px_per_m)),
        _lens(focal_px, centre_px),
        frame,
    )
    return frame


@njit(cache=True, nogil=True)
def _cubic(canvas: Image, x: Floats, y: Floats, seen: Image) -> None:
    height, width, channels = canvas.shape
    for n in range(x.shape[0]):
        px, py = x[n], y[n]
        if not (px >= 0 and px < width and py >= 0 and py < height):
            continue
        u, v = px - 0.5, py - 0.5
        u0, v0 = math.floor(u), math.floor(v)
        wx0, wx1, wx2, wx3 = _weights(np.float32(u - u0))
        wy0, wy1, wy2, wy3 = _weights(np.float32(v - v0))
        xi, yi = int(u0), int(v0)
        xa, xb = min(max(xi - 1, 0), width - 1), min(max(xi, 0), width - 1)
        xc, xd = min(xi + 1, width - 1), min(xi + 2, width - 1)
        for k in range(channels):
            value = np.float32(0.0)
            low, high = np.float32(np.inf), np.float32(-np.inf)
            for j in range(4):
                line = canvas[min(max(yi + j - 1, 0), height - 1)]
                wy = wy0 if j == 0 else wy1 if j == 1 else wy2 if j == 2 else wy3
                a, b, c, d = line[xa, k], line[xb, k], line[xc, k], line[xd, k]
                value += wy * (((wx0 * a + wx1 * b) + wx2 * c) + wx3 * d)
                low = min(low, min(min(a, b), min(c, d)))
                high = max(high, max(max(a, b), max(c, d)))
            seen[n, k] = _limit(value, low, high)


@njit(cache=True, nogil=True)
def _tent(canvas: Image, x: Floats, y: Floats, seen: Image) -> None:
    height, width, channels = canvas.shape
    one = np.float32(1.0)
    for n in range(x.shape[0]):
        px, py = x[n], y[n]
        if not (px >= 0 and px < width and py >= 0 and py < height):
            continue
        u, v = px - 0.5, py - 0.5
        u0, v0 = math.floor(u), math.floor(v)
        s, t = np.float32(u - u0), np.float32(v - v0)
        xi, yi = int(u0), int(v0)
        xa, xb = min(max(xi, 0), width - 1), min(max(xi + 1, 0), width - 1)
        ya, yb = min(max(yi, 0), height - 1), min(max(yi + 1, 0), height - 1)
        for k in range(channels):
            value = np.float32(0.0)
            value += ((one - t) * (one - s)) * canvas[ya, xa, k]
            value += ((one - t) * s) * canvas[ya, xb, k]
            value += (t * (one - s)) * canvas[yb, xa, k]
            value += (t * s) * canvas[yb, xb, k]
            seen[n, k] = value


def sample(canvas: Image, x: Floats, y: Floats) -> Image:
    """Return the same (..., C) pixels as the plain twin."""
    seen = np.zeros((x.size, canvas.shape[2]), np.float32)
    _cubic(np.ascontiguousarray(canvas, np.float32), *_flat(x, y), seen)
    return seen.reshape(*x.shape, canvas.shape[2])


def sample_linear(canvas: Image, x: Floats, y: Floats) -> Image:
    """Return the same (..., C) pixels as the plain twin."""
    seen = np.zeros((x.size, canvas.shape[2]), np.float32)
    _tent(np.ascontiguousarray(canvas, np.float32), *_flat(x, y), seen)
    return seen.reshape(*x.shape, canvas.shape[2])


def _flat(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    return (
        np.ascontiguousarray(x, np.float64).reshape(-1),
        np.ascontiguousarray(y, np.float64).reshape(-1),
    )
