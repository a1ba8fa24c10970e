"""
Domes: a panorama's sky set over the canvas as one piece, its sun where the lock has it.

No patch is as good as a real sky. So azimuth and elevation of each canvas pixel are mapped
to the panorama's own: turned about the vertical until the sun stands at the locked azimuth,
raised or lowered to the locked elevation with the horizon left where it is. Around the sun
the map is rigid, so its disc keeps shape and energy and its glow falls off as it was
photographed. Farther out a pose may spread or gather the sky, and left and right may be
exchanged about the sun's own vertical, where light falls alike: other clouds stand in the
frame, under the same light. Where its sun stands well out of frame, a sky may be turned
besides, as long as the sun stays out and on its own side.

There are more poses than are set: of all, made small, those are set that differ most. They are
set at a glance, every few pixels; one is set whole when it is painted from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.optics.sines import direction_of, sine_cosine_deg
from seamline.pixels.alike import Small, most_different
from seamline.pixels.skies import only_sky
from seamline.pixels.sun import angle_deg, stands_deg
from seamline.ports import CanvasPicture, DomeView
from seamline.show.reference import Reference

Floats = NDArray[np.float64]
RIGID_DEG = 6.0
"""So far around the sun nothing is spread: the ring that its energy is measured against."""
RIGID_SHARE = 0.4
"""Below a raised sun no more than this of its height is: the horizon must be reached. Below a
lowered one its glow was pressed flat, and the sky's own horizon may sink."""
SETTLED_DEG = 16.0
"""Over so much more the spread grows to its full measure."""
LEAST_SLOPE = 0.4
"""A sky is drawn out to at most two and a half times its height below a raised sun, and
pressed together as much below a lowered one: pressed seven times, clouds were level streaks."""
NEAR_SUN_DEG = 25.0
"""With the sun no farther from what is needed its glow is seen, and must stay where it is."""
SEEN_DEG = 1.0
TURNED = (0, 1, -1, 2, -2, 3, -3)
TURN_DEG = 24.0
"""Steps in which a sky is turned when its sun is not seen, times its measure: half of what
a usual lens sees, so that every other window shows other clouds."""
FREE_MEASURES, FINE_MEASURES = ((1.4, 1.9), (1.15, 1.65)), ((1.0, 1.4), (1.2, 1.7))
"""Of a sky without its sun: gathered where a panorama would be drawn out more than
``COARSE`` times, so that its clouds keep their edges."""
COARSE = 2.0
ROUND_DEG = 60.0
EDGE_PX = 24
"""Beyond what is needed: what a generator paints around it."""
LOWEST_DEG = -1.0
MEASURES = (1.0, 1.9, 0.5, 1.35, 0.72, 2.6)
"""Of a sky's own angles in one of the canvas's: more of it is seen, or less."""
RAISED_DEG, RAISED_MEASURE = 6.0, 1.9
"""A sun raised by more takes its haze with it, and light stands over that: gathered by more
than this it was a dome over a dark band with the sun in it (quay, 3 degrees, set to 11)."""
MOST_POSES = 2 * len(MEASURES)
ROUND = 6
SMALL_PX = 64
"""So wide, or up to twice, poses are told apart."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dome:
    """
    A sky in one pose, over the box of the canvas where sky may be.

    Attributes:
        view: What a generator is told of it.
        elevation_deg: (H, W) elevation in the panorama itself.
        azimuth_deg: (H, W) azimuth there, the panorama turned to the lock.
    """

    view: DomeView
    elevation_deg: Floats
    azimuth_deg: Floats


def domes(
    reference: Reference,
    canvas: CanvasPicture,
    key_deg: tuple[float, float] | None,
    most: int,
    *,
    tells: Callable[[Dome], Small] | None = None,
    step: int = 1,
) -> list[Dome]:
    """
    Return up to ``most`` ways to set a panorama's sky over ``canvas``.

    Args:
        reference: Of projection ``latlong``.
        canvas: What is to be painted, and its locked key.
        key_deg: Azimuth, after the turn to the lock, and elevation of the panorama's own
            key; None where nobody knows it.
        most: Poses at most.
        tells: Says of a small dome what is seen there; without it the plainest are set.
        step: Every so many pixels, each way, one is set: the middle of as many.
    """
    sky = _sky_over(canvas, key_deg)
    if sky is None:
        return []
    coarse = canvas.px_per_deg > COARSE * reference.width_px / 360.0
    poses = _free_poses(sky, coarse=coarse) if sky.free else _poses(key_deg, sky)
    if tells is not None and len(poses) > most:
        told = [sky.told(tells, pose) for pose in poses]
        poses = [poses[k] for k in most_different(told, most)]
    return [sky.dome(pose, step=step, first=step // 2) for pose in poses[:most]]


def dome_of(canvas: CanvasPicture, key_deg: tuple[float, float] | None, pose: DomeView) -> Dome:
    """Return the sky in one of the poses that ``domes`` chose for ``canvas``, whole."""
    sky = _sky_over(canvas, key_deg)
    assert sky is not None
    return sky.dome(pose)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sky:
    """
    A panorama's sky over the box where it is set.

    Attributes:
        high: (H, W) elevation of the canvas; along: (H, W) azimuth; need: (H, W) what is
            needed of it.
        at: Row and column of the canvas at which that begins.
        own, stands: Azimuth and elevation of its key in the panorama, and where it is set.
        free: Whether its sun stands well out of frame.
    """

    high: Floats
    along: Floats
    need: NDArray[np.bool_]
    at: tuple[int, int]
    own: tuple[float, float]
    stands: tuple[float, float]
    free: bool

    def told(self, tells: Callable[[Dome], Small], pose: DomeView) -> Small:
        """Return what is seen in a pose where it is needed, small."""
        step = max(1, self.high.shape[1] // SMALL_PX)
        light, known = tells(self.dome(pose, step=step))
        return light, known * self.need[::step, ::step]

    def dome(self, pose: DomeView, *, step: int = 1, first: int = 0) -> Dome:
        """Return the sky in a pose, every ``step`` pixels of it, from the ``first`` on."""
        part = np.s_[first::step, first::step]
        high, along = self.high[part], self.along[part]
        if self.free:
            return _free(high, self.off(along), self, pose)
        spread = _spread(high, along, self.own, self.stands, pose.measure)
        return Dome(
            view=pose,
            elevation_deg=_heights(high, self.own[1], self.stands[1], spread),
            azimuth_deg=_azimuths(along, self.own, self.stands, pose, spread),
        )

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of the box."""
        rows, columns = self.high.shape
        return rows, columns

    def away(self) -> float:
        """Return how far from its sun's azimuth the canvas's middle looks."""
        return (self._middle() - self.stands[0] + 180.0) % 360.0 - 180.0

    def off(self, along: Floats) -> Floats:
        """Return how far azimuths ``along`` lie from the canvas's middle."""
        found: Floats = (along - self._middle() + 180.0) % 360.0 - 180.0
        return found

    def _middle(self) -> float:
        height, width = self.along.shape
        return float(self.along[height // 2, width // 2])


def _free(high: Floats, off: Floats, sky: _Sky, pose: DomeView) -> Dome:
    """Return a sky whose sun is not seen, gathered about the middle over its horizon."""
    turned = sky.away() + pose.measure * off
    turned += -pose.turn_deg if pose.exchanged else pose.turn_deg
    return Dome(
        view=pose,
        elevation_deg=np.minimum(np.where(high > 0, high * pose.measure, high), 90.0),
        azimuth_deg=sky.own[0] + (-turned if pose.exchanged else turned),
    )


def _sky_over(canvas: CanvasPicture, key_deg: tuple[float, float] | None) -> _Sky | None:
    """Return where a panorama's sky is set over ``canvas``; None where none is needed."""
    box = _box(canvas)
    if box is None:
        return None
    own, stands = _keys(canvas, key_deg)
    return _Sky(
        high=canvas.elevation_deg[box].astype(np.float64),
        along=canvas.azimuth_deg[box].astype(np.float64),
        need=canvas.need[box],
        at=(int(box[0].start), int(box[1].start)),
        own=own,
        stands=stands,
        free=key_deg is not None and _nearest_deg(canvas, stands) > NEAR_SUN_DEG,
    )


def _free_poses(sky: _Sky, *, coarse: bool) -> list[DomeView]:
    """Return the windows of a sky in which its sun stays out of frame and on its side."""
    away, off = sky.away(), sky.off(sky.along)
    side, reach = (1.0 if away >= 0 else -1.0), float(np.abs(off).max())
    measures = FREE_MEASURES if coarse else FINE_MEASURES
    poses = []
    for steps, measure in ((n, m) for pair in measures for n in TURNED for m in pair):
        turn = side * steps * TURN_DEG * measure
        least = min(abs(away), reach * measure + NEAR_SUN_DEG)
        if steps and not least <= (away + turn) * side <= 180.0:
            continue
        poses += [
            DomeView(
                at=sky.at,
                size=sky.size,
                turn_deg=-turn if exchanged else turn,
                exchanged=exchanged,
                measure=measure,
            )
            for exchanged in (False, True)
        ]
    return poses


def _box(canvas: CanvasPicture) -> tuple[slice, slice] | None:
    """Return the rows and columns of the canvas where sky may be seen; None without any."""
    sky = canvas.need
    if not only_sky(sky, canvas.elevation_deg, canvas.skyline):
        sky = sky & (canvas.elevation_deg > np.float32(LOWEST_DEG))
    if not sky.any():
        return None
    height, width = sky.shape
    rows, columns = (np.flatnonzero(sky.any(axis=axis)) for axis in (1, 0))
    return (
        slice(max(0, int(rows[0]) - EDGE_PX), min(height, int(rows[-1]) + 1 + EDGE_PX)),
        slice(max(0, int(columns[0]) - EDGE_PX), min(width, int(columns[-1]) + 1 + EDGE_PX)),
    )


def _keys(
    canvas: CanvasPicture, key_deg: tuple[float, float] | None
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the key in the panorama and the one it is set to; alike where nobody knows."""
    if key_deg is None:
        height, width = canvas.need.shape
        ahead = float(canvas.azimuth_deg[height // 2, width // 2]), 0.0
        return ahead, ahead
    return key_deg, stands_deg(key_deg, canvas.key_deg)


def sun_in_sky(canvas: CanvasPicture, key_deg: tuple[float, float]) -> bool:
    """Whether a panorama with the key ``key_deg`` shows its sun in what is needed."""
    return _nearest_deg(canvas, stands_deg(key_deg, canvas.key_deg)) < SEEN_DEG


def _nearest_deg(canvas: CanvasPicture, stands: tuple[float, float]) -> float:
    """Return how near to the sun anything lies that is needed; every fourth pixel tells."""
    part = np.s_[::4, ::4]
    need = canvas.need[part]
    if not need.any():
        return 180.0
    apart = angle_deg(
        direction_of(
            canvas.elevation_deg[part].astype(np.float64),
            canvas.azimuth_deg[part].astype(np.float64),
        ),
        direction_of(np.array(stands[1]), np.array(stands[0])),
    )
    return float(apart[need].min())


def _poses(key_deg: tuple[float, float] | None, sky: _Sky) -> list[DomeView]:
    """Return the poses that the light allows, the plainest first, each beside its mirror."""
    if key_deg is None:
        return [
            DomeView(at=sky.at, size=sky.size, turn_deg=n * ROUND_DEG) for n in range(ROUND)
        ]
    raised_deg = sky.stands[1] - sky.own[1]
    return [
        DomeView(at=sky.at, size=sky.size, exchanged=exchanged, measure=measure)
        for measure in MEASURES
        if measure <= RAISED_MEASURE or raised_deg <= RAISED_DEG
        for exchanged in (False, True)
    ]


def _away(along: Floats, own: tuple[float, float], stands: tuple[float, float]) -> Floats:
    """Return how far the canvas's ``along`` (H, W) lie from the sun, in the panorama's own."""
    away = (along - stands[0] + 180.0) % 360.0 - 180.0
    # A degree of azimuth is shorter the higher it lies: the sun's disc must stay round.
    level = [float(sine_cosine_deg(np.array(k[1]))[1]) for k in (own, stands)]
    return away * (level[1] / level[0]) if level[0] > 1e-3 else away


def _spread(
    high: Floats,
    along: Floats,
    own: tuple[float, float],
    stands: tuple[float, float],
    measure: float,
) -> Floats:
    """
    Return (H, W) by how much what is seen there is farther from the sun in the panorama.

    By its distance from the sun, so that a glow stays round: measured along and up, each
    alone, it was a box with upright edges.
    """
    if measure == 1.0:
        return np.ones_like(high)
    across = _away(along, own, stands) * float(sine_cosine_deg(np.array(own[1]))[1])
    up = high - stands[1]
    far = np.sqrt(across * across + up * up)
    found: Floats = _measured(far, measure) / np.maximum(far, 1e-9)
    return np.where(far > RIGID_DEG, found, 1.0)


def _azimuths(
    along: Floats,
    own: tuple[float, float],
    stands: tuple[float, float],
    pose: DomeView,
    spread: Floats,
) -> Floats:
    """Return the panorama's azimuths for the canvas's ``along`` (H, W)."""
    away = _away(along, own, stands) * spread
    if pose.exchanged:
        away = -away
    found: Floats = own[0] + away + pose.turn_deg
    return found


def _heights(high: Floats, own: float, stands: float, spread: Floats) -> Floats:
    """
    Return the panorama's elevations for the canvas's ``high`` (H, W).

    The sun's own height goes to where it stands; zenith and, as far as ``LEAST_SLOPE``
    lets it, horizon stay where they are. Else the sky's own horizon sinks below the canvas's,
    or it goes on below what was seen of it.
    """
    up = high - stands
    # below the sun heights stay as they are, and no crease may stand at its own
    up = up * (1.0 + (spread - 1.0) * _smooth(up / SETTLED_DEG))
    shift = own - stands
    rigid = RIGID_DEG if shift > 0 else min(RIGID_DEG, max(stands, 0.0) * RIGID_SHARE)
    above = _smooth((high - stands - rigid) / max(90.0 - stands - rigid, 1e-3))
    below = _smooth((stands - high - rigid) / max(stands - rigid, 1e-3))
    steepest = 1.0 - LEAST_SLOPE if shift < 0 else 1.0 / LEAST_SLOPE - 1.0
    # a smooth step is half as steep again as a straight one
    most = steepest * max(stands - rigid, 0.0) / 1.5
    fades = min(1.0, most / max(abs(shift), 1e-9))
    kept = shift * np.where(high >= stands, 1 - above, 1 - fades * below)
    found: Floats = np.minimum(stands + up + kept, 90.0)
    return found


def _measured(away: Floats, measure: float) -> Floats:
    """Return angles ``away`` from the sun at ``measure`` beyond what is rigid."""
    far = np.maximum(away - RIGID_DEG, 0.0)
    more: Floats = (measure - 1.0) * far * far / (far + SETTLED_DEG)
    return away + more


def _smooth(t: Floats) -> Floats:
    """Return the smooth step of (H, W) from 0 to 1."""
    t = np.clip(t, 0.0, 1.0)
    found: Floats = t * t * (3.0 - 2.0 * t)
    return found
