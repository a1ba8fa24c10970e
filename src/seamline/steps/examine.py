"""
Examine: a second, deeper look at a finished version, frame by frame.

Plate, matte, element and comp are opened as they stand on disk. Cheap measures see every
frame, dear ones a spread; each says how many. The checks are handed the worst of each, with
its frame and place, and never a pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from seamline.checks import looked
from seamline.checks.look import Look, Spot
from seamline.pixels.contour import line_stops, part_place, profiles, step_ratio
from seamline.pixels.picture import Image
from seamline.pixels.temporal import grain_over, grain_ratio, level_change, level_spread
from seamline.ports import Studio
from seamline.show.frames import FrameRange
from seamline.show.review import Finding, Place
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.evidence import lineage_spot, overlap_spots, repetition_spot
from seamline.steps.followed import follower
from seamline.steps.opened import Opened, opener
from seamline.steps.plate_grain import plate_sigma
from seamline.steps.surveyed import HorizonSeen, perspective_spot

SPREAD = 6
"""Frames that dear measures look at."""
GRAIN_FRAMES = 4
GRAIN_GROUPS = 3
FLICKER_FRAMES = 4
"""Over which levels spread: a jump stands out from so few, and chance rarely keeps so many
levels of a flickering element alike."""
BESIDE_MODEL = ", as it was measured over the shot: they share no bare places of one brightness"
Curve = tuple[tuple[int, float], ...]
Follow = Callable[[Opened, Opened], Opened]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """
    What QC found in one version.

    Attributes:
        version: Whose.
        findings: The checks of QC, then what was found when it was painted and rendered.
        frames: Every frame that was opened.
        spread: Those that dear measures looked at.
        curves: Measures over frames, by check: (frame, number) each.
    """

    version: Version
    findings: tuple[Finding, ...]
    frames: tuple[int, ...]
    spread: tuple[int, ...]
    curves: Mapping[str, Curve]


def spread_of(frames: FrameRange, count: int = SPREAD) -> tuple[int, ...]:
    """Return at most ``count`` frames, evenly spread, the first and the last among them."""
    numbers = list(frames)
    places = np.linspace(0, len(numbers) - 1, min(count, len(numbers)))
    return tuple(numbers[round(float(p))] for p in places)


def examine(studio: Studio, version_id: str) -> Examined:
    """
    Return what every check of QC says of the frames of ``version_id``.

    Raises:
        ShowError: There is no such version, or its frames were pruned.
        TamperError: Plate or matte are not what was taken in.
    """
    version = book.version(studio.ledger, version_id)
    shot = book.shot_of(studio.ledger, version)
    seam = book.seam(studio.ledger, shot.name)
    chosen = spread_of(shot.frames)
    spots: dict[str, Spot] = {}
    missing: dict[str, str] = {}
    curves: dict[str, Curve] = {}
    read = opener(studio, version)
    kept: dict[int, Opened] = {}
    walk = _Walk(partial(plate_sigma, studio, shot))
    window: list[Opened] = []
    groups = set(spread_of(shot.frames, GRAIN_GROUPS))
    begins = {
        min(n, max(shot.frames.first, shot.frames.last - GRAIN_FRAMES + 1)) for n in groups
    }
    follow = follower(studio, shot)
    horizon = HorizonSeen(studio, version)
    with studio.progress.bar(f"{shot.name}: examining", float(len(shot.frames))) as bar:
        for number in shot.frames:
            opened = read(number)
            walk.counted(opened)
            if window:
                walk.flicker(window[-1], opened, follow)
            window = [*window[-(GRAIN_FRAMES - 1) :], opened]
            whole = len(window) == GRAIN_FRAMES or number == shot.frames.last
            if len(window) > 1 and window[0].frame in begins and whole:
                walk.grain(window, follow)
            if number in chosen:
                walk.seam(opened)
                horizon.look(opened)
                kept[number] = opened.lighter()
            bar.advance()
    walk.into(spots, missing, curves)
    lineage_spot(studio, version, walk.digests, spots)
    overlap_spots(studio, version, chosen, spots, missing, curves)
    repetition_spot(studio, version, spots, missing)
    horizon.into(spots, missing)
    perspective_spot(studio, version, kept.__getitem__, chosen, spots, missing)
    look = Look(
        shot=shot,
        lock=book.lock(studio.ledger, shot.name),
        one_surface=bool(seam and seam.one_surface),
        spots=spots,
        missing=missing,
    )
    return Examined(
        version=version,
        findings=(*looked(look), *version.findings),
        frames=tuple(shot.frames),
        spread=chosen,
        curves=curves,
    )


class _Walk:
    """What is gathered on the way through the frames."""

    def __init__(self, told: Callable[[Sequence[Image]], Image | None]) -> None:
        self.told = told
        self.found: dict[str, list[Spot]] = {}
        self.digests: dict[int, tuple[str, str]] = {}
        self.generated = self.live = False
        self.changes: list[tuple[float, int, str]] = []
        self.spreads: list[tuple[int, float]] = []

    def _add(
        self, check: str, value: float, frame: int, place: Place | None = None, words: str = ""
    ) -> None:
        spot = Spot(value=value, frame=frame, place=place, words=words)
        self.found.setdefault(check, []).append(spot)

    def counted(self, opened: Opened) -> None:
        self.digests[opened.frame] = opened.digests
        self.generated |= bool((opened.matte < 1).any())
        self.live |= bool((opened.matte == 1).any())
        if opened.changed is not None:
            count = int(opened.changed.sum())
            self._add("untouched", count, opened.frame, opened.place(opened.changed))
        for value, place, words in opened.unfit():
            self._add("range", value, opened.frame, place, words)

    def flicker(self, before: Opened, after: Opened, follow: Follow) -> None:
        moved = follow(before, after)
        changes = []
        for painted in (True, False):
            here = (before.matte == 0) if painted else (before.matte == 1)
            there = (moved.matte == 0) if painted else (moved.matte == 1)
            changes.append(level_change(before.luminance, moved.luminance, here & there))
        mine, plate = changes
        if mine is None:
            self.changes = []
            return
        beside = "" if plate is None else f", the plate's by {100 * plate:+.2f} %"
        words = (
            f"; from {before.frame} to {after.frame} it changes by {100 * mine:+.2f} %"
            f"{beside or ', with no plate to compare'}"
        )
        change = 100 * (mine - (plate or 0.0))
        self.changes = [*self.changes, (change, after.frame, words)]
        self.changes = self.changes[-(FLICKER_FRAMES - 1) :]
        if len(self.changes) == FLICKER_FRAMES - 1:
            self.spread_of_levels(after.frame)

    def spread_of_levels(self, last: int) -> None:
        """Judge how far levels spread over the frames up to ``last``."""
        value = level_spread([change for change, _, _ in self.changes])
        _, frame, words = max(self.changes, key=lambda told: abs(told[0]))
        self._add("flicker", value, frame, None, words)
        self.spreads.append((last, value))

    def grain(self, window: Sequence[Opened], follow: Follow) -> None:
        moved = [window[0], *(follow(window[0], later) for later in window[1:])]
        painted = np.logical_and.reduce([o.matte == 0 for o in moved])
        live = np.logical_and.reduce([o.matte == 1 for o in moved])
        followed = any(later is not own for later, own in zip(moved, window, strict=True))
        rgb = [o.rgb for o in moved]
        told = self.told(rgb) if followed else None
        ratio, words = grain_ratio(rgb, painted, live, followed=followed, told=told), ""
        if ratio is None and told is not None:
            ratio, words = grain_over(rgb, painted, told), BESIDE_MODEL
        if ratio is not None:
            stops = float(np.log2(max(ratio, 2.0**-8)))
            words += "" if ratio > 0 else ": it has none"
            self._add("grain", stops, window[0].frame, None, words)

    def seam(self, opened: Opened) -> None:
        found = profiles(opened.luminance, opened.matte)
        if found is None:
            return
        whole, parts = step_ratio(found)
        place = opened.moved(part_place(found, int(parts.argmax())))
        self._add("edge", max(float(np.log2(whole)), 0.0), opened.frame, place)
        whole, parts = line_stops(found)
        place = opened.moved(part_place(found, int(np.abs(parts).argmax())))
        self._add("halo", whole, opened.frame, place)

    def into(
        self, spots: dict[str, Spot], missing: dict[str, str], curves: dict[str, Curve]
    ) -> None:
        if self.changes and not self.spreads:
            self.spread_of_levels(self.changes[-1][1])  # a shot of two or three frames
        for check, found in self.found.items():
            worst = max(found, key=lambda s: abs(s.value))
            spots[check] = replace(worst, frames=len(found))
            curves[check] = tuple((int(s.frame or 0), s.value) for s in found)
        if self.spreads:
            curves["flicker"] = tuple(self.spreads)
        short = "the shot has one frame; it takes two to see what changes"
        for check, why in (
            ("flicker", short), ("grain", short),
            ("edge", "no seam runs through the frame for 60 pixels"),
            ("halo", "no seam runs through the frame for 60 pixels"),
            ("untouched", "the shot has no plate"),
        ):  # fmt: skip
            missing[check] = why
        if len(self.digests) > 1:
            missing["flicker"] = "too little of the element stands still for two frames"
            missing["grain"] = "element and plate share no flat parts of one brightness"
        if not self.generated:
            missing["range"] = "nothing in it is generated"
