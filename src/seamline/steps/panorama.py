"""
Panoramas as a generator sees them: overlapping perspective views, and their skies as domes.

Where the lock says from where the key shines, a panorama is turned about the vertical
until its own sun stands there: all its views share that one turn. Where sky is to be
painted, its sky is set over the canvas besides (``steps.domes``), and goes with the whole
panorama made small, which tells where land stands before it. Where nothing but sky is
needed those are all the views.

Light up to ``SUN_LINEAR`` is sampled with a cubic that cannot overshoot, what lies above
it with a tent: a held cubic would add a sixth to the energy of a sun one pixel wide. A tent
holds a peak only where it is sampled at its pixel's very middle, so a dome is shifted by that
part of a pixel with which its sun is.

Domes are many and a painting shows one: they are laid out at a glance (``steps.later_skies``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from seamline.optics.canvas_pixels import elevation_azimuth_deg
from seamline.optics.projection import Pinhole, frame_directions, turn
from seamline.optics.reproject import sphere_coordinates
from seamline.optics.rotation import Rotation, from_pan_tilt_roll
from seamline.pixels.alike import Small, log10_light
from seamline.pixels.picture import Image
from seamline.pixels.resample import resized
from seamline.pixels.skies import ABOVE_DEG, only_sky
from seamline.ports import CanvasPicture, DomeView, Optics
from seamline.show.reference import Reference
from seamline.steps.domes import MOST_POSES, Dome, dome_of, domes, sun_in_sky

VIEW_HFOV_DEG = 70.0
VIEWS = 6
WRAP_PX = 4
RIM_PX = 2
"""Around what is cut out of a picture, so that a tent finds its 0 there."""
SUN_LINEAR = 8.0
"""Brighter than this is a light, not a thing it lights: five stops and a half over grey."""
PEAK_PX = 0.75
"""Farther from every sample a sun is not in the picture: samples lie no farther apart than a
panorama's pixels, or little more where a sky is gathered."""
BEHIND_POSES = 2
"""Of a sky that may stand behind a range: as it is, and exchanged."""
AROUND_PX = 1024
"""A panorama this wide tells its skyline to a third of a degree."""
AROUND_ROWS = (15.0 / 180.0, 115.0 / 180.0)
"""From 75 degrees above to 25 below the horizon."""


LEAST_KNOWN = 0.5
"""Of a small pixel that may be copied."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """
    One view of a reference, linear.

    Attributes:
        light: (H, W, 3); may: (H, W) 1 where it may be copied.
        elevation_deg: (H, W) where known; azimuth_deg: (H, W) likewise.
        x: (H, W) column of the file it was sampled from, pixels; y: (H, W) row.
        dome: Of a sky set over the canvas.
        around: Whether it is the whole panorama, small.
    """

    light: Image
    may: Image
    elevation_deg: Image | None
    azimuth_deg: Image | None
    x: Image
    y: Image
    dome: DomeView | None = None
    around: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panorama:
    """
    A panorama at the canvas's sampling, its two edges joined.

    What is brighter than ``SUN_LINEAR`` is ``high``, cut out at row and column ``high_at``.
    """

    low: Image
    high: Image | None
    high_at: tuple[int, int]
    px_per_rad: float
    scale: float
    own_from_world: Rotation
    turn_deg: float
    optics: Optics
    peak: tuple[int, int] | None

    @property
    def nbytes(self) -> int:
        """What it takes."""
        return self.low.nbytes + (0 if self.high is None else self.high.nbytes)

    def view(self, directions: NDArray[np.float64]) -> View:
        """Return what is seen in world ``directions`` (H, W, 3)."""
        x, y = sphere_coordinates(
            turn(self.own_from_world, directions),
            longitude_left_rad=-math.pi,
            latitude_top_rad=math.pi / 2,
            px_per_rad=self.px_per_rad,
        )
        elevation, azimuth = elevation_azimuth_deg(directions)
        return self._sampled(x, y, elevation, azimuth)

    def dome(self, dome: Dome) -> View:
        """Return the sky of a pose: pixels of the panorama by their height and azimuth."""
        px_per_deg = self.px_per_rad * math.pi / 180.0
        # The middle looks along -Z, azimuth 180, and azimuth falls to the right.
        away = np.mod(360.0 - (dome.azimuth_deg - self.turn_deg), 360.0)
        x = np.minimum(away * px_per_deg, np.nextafter(360.0 * px_per_deg, 0.0))
        y = (90.0 - dome.elevation_deg) * px_per_deg
        right, down = self._to_the_peak(x, y)
        view = self._sampled(
            np.clip(x + right, 0.0, np.nextafter(360.0 * px_per_deg, 0.0)),
            np.maximum(y + down, 0.0),
            (dome.elevation_deg - down / px_per_deg).astype(np.float32),
            np.mod(dome.azimuth_deg - right / px_per_deg, 360.0).astype(np.float32),
        )
        return replace(view, dome=dome.view)

    def _to_the_peak(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[float, float]:
        """Return the shift, px, that samples at (x, y) need so that one is the sun's middle."""
        if self.peak is None:
            return 0.0, 0.0
        down, right = (at + 0.5 - plane for at, plane in zip(self.peak, (y, x), strict=True))
        nearest = int((right * right + down * down).argmin())
        shift = float(right.flat[nearest]), float(down.flat[nearest])
        return shift if max(abs(s) for s in shift) <= PEAK_PX else (0.0, 0.0)

    def _sampled(
        self, x: NDArray[np.float64], y: NDArray[np.float64], elevation: Image, azimuth: Image
    ) -> View:
        seen = self.optics.sample(self.low, x + WRAP_PX, y)
        light = np.ascontiguousarray(seen[..., :3])
        if self.high is not None:
            row, column = self.high_at
            # beyond its edges there is nothing, and nothing is what is sampled there
            light = light + self.optics.sample_linear(self.high, x + WRAP_PX - column, y - row)
        return View(
            light=light,
            may=np.ascontiguousarray(seen[..., 3]),
            elevation_deg=elevation,
            azimuth_deg=azimuth,
            x=(x * self.scale).astype(np.float32),
            y=(y * self.scale).astype(np.float32),
        )


def panorama_views(
    reference: Reference,
    rgb: Image,
    may: Image,
    canvas: CanvasPicture,
    optics: Optics,
    *,
    skies: int = MOST_POSES,
    all_sky: bool = False,
    step: int = 1,
) -> list[View]:
    """
    Return the views of a panorama that suit ``canvas``.

    Args:
        reference: Of projection ``latlong``.
        rgb: (H, W, 3) its linear master, 0 where it must not be copied.
        may: (H, W) 1 where it may be copied.
        canvas: What is to be painted; its ``key_deg`` decides the turn.
        optics: What samples.
        skies: Ways at most in which its sky is set over the canvas.
        all_sky: Whether it shows nothing else.
        step: A sky is set at every so many pixels of the canvas, each way.
    """
    own = key_of(reference, canvas)
    sky_alone = only_sky(canvas.need, canvas.elevation_deg, canvas.skyline)
    continues = bool((canvas.keep >= 1).any())

    def seen() -> list[View]:
        around = panorama_at(reference, rgb, may, canvas, optics)
        return _perspectives(around, canvas)

    views = [] if sky_alone and not continues else seen()
    if continues or (not sky_alone and (own is None or not sun_in_sky(canvas, own))):
        return views
    small = _whole(rgb, may, turn_deg(reference, canvas))
    set_over = domes(
        reference, canvas, own, skies if sky_alone else BEHIND_POSES,
        tells=partial(_told, small, all_sky) if sky_alone else None, step=step,
    )  # fmt: skip
    if not set_over:
        return views or seen()
    around = panorama_at(reference, rgb, may, canvas, optics, step=step)
    return [*views, *(around.dome(dome) for dome in set_over), small]


def whole_dome(
    around: Panorama, reference: Reference, canvas: CanvasPicture, pose: DomeView
) -> View:
    """Return a sky in a pose that ``panorama_views`` found for ``canvas``, pixel for pixel."""
    return around.dome(dome_of(canvas, key_of(reference, canvas), pose))


def _told(small: View, all_sky: bool, dome: Dome) -> Small:
    """
    Return what is seen in a small ``dome`` of a panorama made ``small``: its sky alone.

    What stands low over a horizon may be land, and is not compared.
    """
    assert small.elevation_deg is not None
    assert small.azimuth_deg is not None
    top, left = float(small.elevation_deg[0, 0]), float(small.azimuth_deg[0, 0])
    rows, columns = small.may.shape
    per_deg = columns / 360.0
    row = np.clip(np.rint((top - dome.elevation_deg) * per_deg), 0, rows - 1).astype(np.int64)
    away = np.mod(left - dome.azimuth_deg, 360.0) * per_deg
    column = np.rint(away).astype(np.int64) % columns
    r, g, b = (small.light[row, column, c].astype(np.float64) for c in range(3))
    known = small.may[row, column] > LEAST_KNOWN
    if not all_sky:
        known &= dome.elevation_deg >= ABOVE_DEG
    return log10_light((r + g + b) / 3), known.astype(np.float64)


def _perspectives(around: Panorama, canvas: CanvasPicture) -> list[View]:
    low, high = float(canvas.elevation_deg.min()), float(canvas.elevation_deg.max())
    tilt = max(-45.0, min(45.0, (low + high) / 2))
    reach = min(80.0, max(24.0, high - low + 8.0))
    focal = canvas.px_per_deg * 180 / math.pi
    view_w = round(2 * focal * math.tan(math.radians(VIEW_HFOV_DEG / 2)))
    view_h = round(2 * focal * math.tan(math.radians(reach / 2)))
    lens = Pinhole(
        focal_x_px=focal, focal_y_px=focal, centre_x_px=view_w / 2, centre_y_px=view_h / 2
    )
    ahead = frame_directions(lens, (0, 0, view_w, view_h))
    return [
        around.view(turn(from_pan_tilt_roll(number * 360.0 / VIEWS, tilt), ahead))
        for number in range(VIEWS)
    ]


def _whole(rgb: Image, may: Image, turn_deg: float) -> View:
    """Return the whole panorama, small, from high above the horizon to well below it."""
    height, width = may.shape
    small = np.concatenate([rgb, may[..., None]], axis=-1)
    if width > AROUND_PX:
        small = resized(small, AROUND_PX // 2, AROUND_PX)
    rows, columns = small.shape[:2]
    first, end = (round(rows * share) for share in AROUND_ROWS)
    y, x = np.meshgrid(np.arange(first, end) + 0.5, np.arange(columns) + 0.5, indexing="ij")
    light = np.ascontiguousarray(small[first:end])
    return View(
        light=np.ascontiguousarray(light[..., :3]),
        may=np.ascontiguousarray(light[..., 3]),
        elevation_deg=(90.0 - y * (180.0 / rows)).astype(np.float32),
        azimuth_deg=np.mod(360.0 - x * (360.0 / columns) + turn_deg, 360.0).astype(np.float32),
        x=(x * (width / columns)).astype(np.float32),
        y=(y * (height / rows)).astype(np.float32),
        around=True,
    )


def turn_deg(reference: Reference, canvas: CanvasPicture) -> float:
    """Return by how much a panorama is turned so that its key has the locked azimuth."""
    own = reference.light.key_azimuth_deg
    if reference.projection != "latlong" or canvas.key_deg is None or own is None:
        return 0.0
    return (canvas.key_deg[0] - own + 180.0) % 360.0 - 180.0


def key_of(reference: Reference, canvas: CanvasPicture) -> tuple[float, float] | None:
    """Return azimuth, after the turn, and elevation of a panorama's own key, if known."""
    light = reference.light
    if reference.projection != "latlong" or canvas.key_deg is None:
        return None
    if light.key_azimuth_deg is None or light.key_elevation_deg is None:
        return None
    return canvas.key_deg[0], light.key_elevation_deg


def panorama_at(
    reference: Reference,
    rgb: Image,
    may: Image,
    canvas: CanvasPicture,
    optics: Optics,
    *,
    step: int = 1,
) -> Panorama:
    """Return a panorama at the sampling of ``canvas``, or of every ``step``-th pixel of it."""
    width = may.shape[1]
    wanted = round(canvas.px_per_deg * 360 / step)
    if width > wanted:  # more detail than the canvas holds: average it first
        rgb, may = (resized(a, wanted // 2, wanted) for a in (rgb, may[..., None]))
        may = may[..., 0]
    packed = _joined(rgb, may)
    high, high_at = _cut_out(packed[..., :3])
    turned = turn_deg(reference, canvas)
    angle = math.radians(turned)
    # A turn about the vertical: from the world to the panorama's own directions.
    cosine, sine = math.cos(angle), math.sin(angle)
    return Panorama(
        low=packed,
        high=high,
        high_at=high_at,
        px_per_rad=may.shape[1] / (2 * math.pi),
        scale=width / may.shape[1],
        own_from_world=np.array([[cosine, 0.0, -sine], [0.0, 1.0, 0.0], [sine, 0.0, cosine]]),
        turn_deg=turned,
        optics=optics,
        peak=_peak(rgb) if high is not None else None,
    )


def _peak(rgb: Image) -> tuple[int, int]:
    """Return row and column of the brightest pixel of (H, W, 3)."""
    row, column = divmod(int((rgb[..., 0] + rgb[..., 1] + rgb[..., 2]).argmax()), rgb.shape[1])
    return row, column


def _joined(rgb: Image, may: Image) -> Image:
    """Return (H, W + 8, 4) a panorama with what may be copied of it, its edges joined."""
    height, width = may.shape
    packed = np.empty((height, width + 2 * WRAP_PX, 4), np.float32)
    packed[:, WRAP_PX:-WRAP_PX, :3] = rgb
    packed[:, WRAP_PX:-WRAP_PX, 3] = may
    packed[:, :WRAP_PX] = packed[:, width : width + WRAP_PX]
    packed[:, -WRAP_PX:] = packed[:, WRAP_PX : 2 * WRAP_PX]
    return packed


def _cut_out(rgb: Image) -> tuple[Image | None, tuple[int, int]]:
    """
    Cut what is above ``SUN_LINEAR`` out of ``rgb`` (H, W, 3), in place.

    Returns:
        What was cut out and a rim of 0 around it, None without any; and the row and the
        column it begins at.
    """
    limit = np.float32(SUN_LINEAR)
    lit = np.logical_or.reduce([rgb[..., channel] > limit for channel in range(3)])
    rows, columns = np.flatnonzero(lit.any(axis=1)), np.flatnonzero(lit.any(axis=0))
    if not len(rows):
        return None, (0, 0)
    top, left = max(0, int(rows[0]) - RIM_PX), max(0, int(columns[0]) - RIM_PX)
    part = rgb[top : int(rows[-1]) + 1 + RIM_PX, left : int(columns[-1]) + 1 + RIM_PX]
    high = part - np.minimum(part, limit)
    np.minimum(rgb, limit, out=rgb)
    return high, (top, left)
