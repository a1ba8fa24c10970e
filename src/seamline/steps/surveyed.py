"""What QC asks of the camera: whether horizon and features lie where it puts them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from seamline.checks.look import Spot
from seamline.optics.projection import Projection, turn
from seamline.optics.rotation import as_rotation, compose
from seamline.pixels.features import corners, found_again, shared_off
from seamline.pixels.line import Line, horizon_line, line_along, one_horizon
from seamline.ports import Studio
from seamline.show.camera import CameraSample
from seamline.show.shot import Shot
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.camera import camera
from seamline.steps.ingest import display_window
from seamline.steps.lens import projection
from seamline.steps.opened import Opened

Floats = NDArray[np.float64]
Spots = dict[str, Spot]
Missing = dict[str, str]
Read = Callable[[int], Opened]
REACH_SHARE, REACH_PX = 0.02, 4
"""Of the height, and at least: how far from where it should be a horizon is looked for. A
degree or so; farther off stand roofs and far hills."""
DIP_DEG = 0.0293
"""Per square root of a metre: the sea's horizon lies below eye level, refraction counted in
(1.76 minutes of arc; Bowditch, American Practical Navigator)."""
FEWEST = 8
"""Features; how well so few tell an error they say themselves."""


class HorizonSeen:
    """
    A straight horizon beside where the camera puts it, if plate and element both show it.

    A line on one side alone may be anything straight near eye level: a wall, a shore.
    """

    def __init__(self, studio: Studio, version: Version) -> None:
        self._studio = studio
        self._shot = shot = book.shot_of(studio.ledger, version)
        lock = book.lock(studio.ledger, shot.name)
        track = camera(shot, lock)
        told = shot.track is not None or (lock is not None and lock.tilt_deg is not None)
        self._track = track if told else None
        self._whose = "the track" if shot.track else f"lock v{lock.version if lock else 0}"
        self._found: list[Spot] = []
        self._alone = ""

    def look(self, opened: Opened) -> None:
        """Look for it in either half of one frame."""
        if self._track is None:
            return
        sample = self._track.sample(opened.frame)
        rows = horizon_rows(self._studio, self._shot, sample, opened)
        reach = reach_of(opened.matte.shape[0])
        plate, element = (opened.matte == side for side in (1, 0))
        photographed = horizon_line(opened.rgb, rows, plate, reach)
        if photographed is None:
            return
        painted = line_along(opened.rgb, rows, element, reach, photographed.lean)
        if painted is None:
            self._alone = (
                f"frame {opened.frame}: the plate alone shows a long straight line, "
                f"{abs(photographed.apart_px):.1f} px from where a horizon should be; it may "
                "be a wall"
            )
            return
        judged = one_horizon(photographed, painted)
        if judged is None:
            self._alone = (
                f"frame {opened.frame}: the lines seen in plate and element, "
                f"{photographed.apart_px:+.1f} and {painted.apart_px:+.1f} px from where a "
                "horizon should be, are not one; they may be walls"
            )
            return
        self._keep(opened, judged, "plate" if judged is photographed else "element", rows)

    def _keep(self, opened: Opened, line: Line, side: str, rows: Floats) -> None:
        reach, row = reach_of(opened.matte.shape[0]), float(np.median(rows))
        place = opened.moved((0, int(row) - reach, opened.matte.shape[1], 2 * reach))
        words = f"row {row:.1f}, where {self._whose} puts it, in the {side}"
        spot = Spot(value=line.least_px, frame=opened.frame, place=place, words=words)
        self._found.append(spot)

    def into(self, spots: Spots, missing: Missing) -> None:
        """Say what was worst, or why nothing was compared."""
        if self._track is None:
            missing["horizon"] = "neither a track nor a locked tilt says where it should be"
        elif not self._found:
            missing["horizon"] = (
                self._alone or "no long straight line is seen where the horizon should be"
            )
        else:
            worst = max(self._found, key=lambda s: abs(s.value))
            spots["horizon"] = replace(worst, frames=len(self._found))


def reach_of(height_px: int) -> int:
    """Return how far from where it should be a horizon is looked for, pixels."""
    return max(REACH_PX, round(REACH_SHARE * height_px))


def horizon_rows(studio: Studio, shot: Shot, sample: CameraSample, opened: Opened) -> Floats:
    """Return (W,) row of the horizon in every column of an opened frame, from its top edge."""
    display = display_window(shot)
    pin = projection(studio, shot, sample.lens)
    up = as_rotation(sample.world_from_camera)[1]
    dip = math.tan(math.radians(DIP_DEG * math.sqrt(max(sample.position_m[1], 0.0))))
    columns = opened.matte.shape[1]
    across = np.arange(columns, dtype=np.float64) + 0.5 + opened.corner[0] + display[0]
    x = (across - pin.centre_x_px) / pin.focal_x_px
    # up . (x, y, -1) = -dip x the level length of the direction
    y = (up[2] - up[0] * x - dip * np.sqrt(1 + x * x)) / up[1]
    rows: Floats = pin.centre_y_px - y * pin.focal_y_px  # as a perfect lens shows it
    if pin.bend is not None:
        rows = _bent_rows(pin, across, rows, up, dip)
    rows = rows - opened.corner[1] - display[1]
    return rows


def _bent_rows(pin: Projection, across: Floats, rows: Floats, up: Floats, dip: float) -> Floats:
    """Return (W,) rows at which the lens shows the horizon, from where a perfect one would."""

    def above(at: Floats) -> Floats:
        seen = pin.directions(across, at)
        level = np.sqrt(seen[:, 0] * seen[:, 0] + 1)
        found: Floats = seen @ up + dip * level
        return found

    for _ in range(8):
        here, below = above(rows), above(rows + 1)
        rows = rows - here / (below - here)
    return rows


def perspective_spot(
    studio: Studio, version: Version, read: Read, frames: Sequence[int],
    spots: Spots, missing: Missing,
) -> None:  # fmt: skip
    """Follow features of the plate from frame to frame, and compare with the camera."""
    shot = book.shot_of(studio.ledger, version)
    track = camera(shot, book.lock(studio.ledger, shot.name))
    if shot.plate is None or len(frames) < 2 or (track is None and not shot.static):
        missing["perspective"] = "it takes a plate, a camera and two frames"
        return
    found = []
    for one, other in pairwise(frames):
        a, b = read(one), read(other)
        pair = None if track is None else (track.sample(one), track.sample(other))
        at, apart = residuals(studio, shot, a, b, pair)
        if len(apart) < FEWEST:
            continue
        off = shared_off(at, apart)
        if off is None:
            continue
        whose = "the track takes them" if shot.track else "stood: it is locked off"
        words = f"{'' if not shot.track else 'of '}{whose}, {len(apart)} from frame {one}"
        found.append(Spot(value=off, frame=other, words=words))
    if not found:
        missing["perspective"] = (
            "too few features of the plate are found again, or they tell different things"
        )
        return
    worst = max(found, key=lambda s: s.value)
    spots["perspective"] = Spot(
        value=worst.value, frame=worst.frame, words=worst.words, frames=len(found)
    )


def residuals(
    studio: Studio,
    shot: Shot,
    a: Opened,
    b: Opened,
    pair: tuple[CameraSample, CameraSample] | None,
) -> tuple[Floats, Floats]:
    """
    Return where features lie, and how far from where the camera takes them; (N, 2) pixels.

    Where the camera travels, how far away a feature is decides where along its epipolar line
    it goes: only what is across that line is kept.
    """
    display = display_window(shot)
    tones = [
        np.log2(np.maximum(np.nan_to_num(o.luminance), 0) + np.float32(0.004)) for o in (a, b)
    ]
    at = corners(tones[0], a.matte == 1)
    expected, along = at + 0.0, None
    if pair is not None and len(at):
        one, other = pair
        pins = [projection(studio, shot, s.lens) for s in pair]
        turned = compose(
            as_rotation(other.world_from_camera).T, as_rotation(one.world_from_camera)
        )
        x, y = (at[:, k] + 0.5 + a.corner[k] + display[k] for k in (0, 1))
        towards = turn(turned, pins[0].directions(x, y))
        px, py = pins[1].pixels(towards)
        expected = np.stack([px - b.corner[0] - display[0], py - b.corner[1] - display[1]], 1)
        expected -= 0.5
        moved = np.array(one.position_m) - np.array(other.position_m)
        if float(np.hypot(np.hypot(*moved[:2]), moved[2])) > 1e-3:
            step = turn(as_rotation(other.world_from_camera).T, moved[None])[0]
            nx, ny = pins[1].pixels(towards + 1e-4 * step)
            along = np.stack([nx - px, ny - py], axis=1)
    good = np.isfinite(expected).all(axis=1)
    apart = found_again(tones[0], tones[1], at[good], expected[good])
    kept = np.isfinite(apart).all(axis=1)
    if along is not None:
        line = along[good][kept]
        length = np.maximum(np.hypot(line[:, 0], line[:, 1]), 1e-12)
        across = (apart[kept, 0] * line[:, 1] - apart[kept, 1] * line[:, 0]) / length
        return at[good][kept], np.stack([across, np.zeros_like(across)], axis=1)
    return at[good][kept], apart[kept]
