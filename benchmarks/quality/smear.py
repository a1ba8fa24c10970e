"""
Smear: how often the check ``sharpness`` finds a shutter that is not the track's, and is wrong.

A frame is a photograph, or what a level camera sees of a panorama, 640 x 416, under a camera
that turns by 3 to 14 px while its shutter is open: two times in three within 20 degrees of
level, else any way. A winding seam parts it. The plate's side is smeared in 48 moments, by the
share of the track's shutter that is asked, with photon and read noise; its view at rest is
another frame of it, as noisy, a part of a pixel off. The other side is smeared as the track
says.

A false alarm is a finding at a share of 1; asked is a shutter half as long, and half as long
again. Told beside them: no smear at all, and five moments from opening to closing, of which the
demo's plate is made: as long as 1.25 shutters, and true of no camera.

Split by source picture as in ``detection``: every other one made the rules; the rest, and
pictures that no run of ``detection`` had set limits on, are judged in views of another seed.

    python benchmarks match smear            judged
    python benchmarks match smear rules      the pictures that rules were made on
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from quality.colour import SHARED, studio
from quality.detection import PHOTON, READ
from quality.detection_views import (
    ASKED,
    BRIGHTEST,
    DARKEST,
    JUDGED,
    Floats,
    Pixels,
    bilinear,
    fresh,
    seen_of,
    sources,
    split,
)  # fmt: skip
from quality.rendered import read
from seamline.checks import sharpness
from seamline.checks.seen import Seen
from seamline.pixels.grain.box import smoothed
from seamline.pixels.resample import resized
from seamline.pixels.smear import Places, Smear, smear_of
from seamline.ports import Studio
from seamline.show.frames import FrameRange
from seamline.show.shot import Plate, Shot
from seamline.steps.softness import tone

HEIGHT, WIDTH, ROUND = 416, 640, 32
SMEARS_PX, LEVEL, LEAN_DEG = (3.0, 14.0), 2 / 3, 20.0
MOMENTS = 48
SHARES = {"nothing wrong": 1.0, "shutter x .5": 0.5, "shutter x 1.5": 1.5, "no smear": 0.0}
COMB = "five moments"
APART_PX = 3
"""Neither side looks nearer to the seam."""
PLATE = Plate(
    pattern="p.%04d.exr", colourspace="ACEScg", evidence="flag",
    display_window=(0, 0, WIDTH, HEIGHT), channels=("R", "G", "B"), channel_type="half",
    digests=(), digest="",
)  # fmt: skip
SHOT = Shot(name="S", version=1, frames=FrameRange(first=1, last=1), plate=PLATE)


@dataclass(frozen=True)
class Case:
    """A view at rest, wider by ``ROUND`` all around, its seam and its move over the shutter."""

    light: Pixels
    apart: Floats
    move: tuple[float, float]
    rng: np.random.Generator


def cases(of: Studio, name: str, count: int, seed: int) -> Iterator[Case]:
    """Yield ``count`` views of a source."""
    rng = np.random.default_rng([seed, 7, [*sources(), *fresh()].index(name)])
    panorama = name.startswith("hdri") or "LatLong" in name
    picture = _picture(of, name, panorama)
    size = (HEIGHT + 2 * ROUND, WIDTH + 2 * ROUND)
    for k in range(count):
        if panorama:
            turn = 360 * k / count + rng.uniform(0, 20)
            light = seen_of(picture, turn, float(rng.uniform(-8, 8)), size)
        else:
            top, left = (
                int(rng.integers(0, n - m + 1))
                for n, m in zip(picture.shape[:2], size, strict=True)
            )
            light = picture[top : top + size[0], left : left + size[1]]
        light = light * np.float32(0.18 / max(float(np.median(light[..., 1])), 1e-3))
        light = smoothed(np.clip(light, DARKEST, BRIGHTEST).astype(np.float32))
        way = rng.uniform(-LEAN_DEG, LEAN_DEG) if rng.random() < LEVEL else rng.uniform(0, 360)
        length = rng.uniform(*SMEARS_PX) * rng.choice((-1, 1))
        move = (length * math.cos(math.radians(way)), length * math.sin(math.radians(way)))
        yield Case(light=light, apart=_seam(rng), move=move, rng=rng)


def _picture(of: Studio, name: str, panorama: bool) -> Pixels:
    space = "sRGB - Texture" if name.lower().endswith(".jpg") else "Linear Rec.709 (sRGB)"
    rgb = read(SHARED / name).astype(np.float32)
    linear = of.colour.convert(rgb, space, of.colour.working_space)
    if panorama:
        return linear
    least = max((HEIGHT + 2 * ROUND) / linear.shape[0], (WIDTH + 2 * ROUND) / linear.shape[1])
    scale = max(min(1.0, 1400 / linear.shape[1]), least)
    if scale == 1:
        return linear
    return resized(linear, *(math.ceil(n * scale) for n in linear.shape[:2]))


def _seam(rng: np.random.Generator) -> Floats:
    y = np.arange(HEIGHT)
    wind = np.sin(y / HEIGHT * math.pi * rng.uniform(0.5, 2) + rng.uniform(0, 6))
    x = WIDTH / 2 + rng.uniform(-100, 100) + rng.uniform(-50, 50) * wind
    apart = np.arange(WIDTH)[None] + 0.5 - x[:, None]
    return apart if rng.random() < 0.5 else -apart


def _mean(light: Pixels, moves: Sequence[tuple[float, float]]) -> Pixels:
    """Return the mean of ``light`` looked at across and down by each of ``moves``."""
    height, width = light.shape[:2]
    down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    share = sum(np.exp(2j * math.pi * (across * x + down * y)) for x, y in moves) / len(moves)
    waves = np.fft.rfft2(light, axes=(0, 1)) * np.asarray(share)[..., None]
    found = np.fft.irfft2(waves, (height, width), axes=(0, 1))
    return np.maximum(found, DARKEST).astype(np.float32)


def _inner(wide: Pixels) -> Pixels:
    return wide[ROUND:-ROUND, ROUND:-ROUND]


def _smeared(case: Case, times: Sequence[float]) -> Pixels:
    x, y = case.move
    return _inner(_mean(case.light, [(t * x, t * y) for t in times]))


def _known(case: Case) -> Pixels:
    """Return what a canvas knows of the view: a frame half a pixel off, twice resampled."""
    x, y = case.rng.uniform(-0.5, 0.5, 2)
    taken = _noisy(_mean(case.light, [(x, y)]), case.rng)
    rows, columns = np.indices(taken.shape[:2]).astype(np.float64)
    return _inner(bilinear(taken, rows - y, columns - x))


def _noisy(light: Pixels, rng: np.random.Generator) -> Pixels:
    noise = rng.normal(size=light.shape) * np.sqrt(PHOTON * light + READ**2)
    return (light + noise).astype(np.float32)


def _moments(share: float, count: int = MOMENTS) -> list[float]:
    return [share * ((k + 0.5) / count - 0.5) for k in range(count)] if share else [0.0]


def _moves(case: Case, places: Places) -> Floats:
    count = max(1, math.ceil(math.hypot(*case.move)))
    way = np.array(case.move)
    return np.stack([np.tile(way * t, (places.shape[1], 1)) for t in _moments(1.0, count)])


def measured(of: Studio, case: Case) -> dict[str, tuple[Smear | None, Smear | None]]:
    """Return the smear of element and plate, by what is wrong with the plate's shutter."""
    looked = partial(tone, of, space=of.colour.working_space)
    moves = partial(_moves, case)
    rest, known = _smeared(case, [0.0]), _known(case)
    mine = smear_of(_smeared(case, _moments(1.0)), rest, case.apart > APART_PX, moves, looked)
    found = {}
    shares = {n: _moments(s) for n, s in SHARES.items()} | {COMB: np.linspace(-0.5, 0.5, 5)}
    for name, times in shares.items():
        plate = _noisy(_smeared(case, times), case.rng)
        theirs = smear_of(plate, known, case.apart < -APART_PX, moves, looked)
        found[name] = (mine, theirs)
    return found


def verdict(pair: tuple[Smear | None, Smear | None], move: tuple[float, float]) -> str:
    """Return what the check says of a frame so smeared, whose camera rests elsewhere."""
    return sharpness.check(
        Seen(
            shot=SHOT, lock=None, edge_frame=1, edges_hard_at_rest=True,
            smear_px=math.hypot(*move), element_smear=pair[0], plate_smear=pair[1],
        )
    ).verdict  # fmt: skip


def run(words: Sequence[str] = ()) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python benchmarks match smear")
    parser.add_argument("what", nargs="?", choices=("rules",))
    parser.add_argument("--count", type=int, default=4)
    said = parser.parse_args(list(words))
    of, (ruled, judged) = studio(), split()
    groups = {"rules": ruled} if said.what else {"seen before": judged, "never seen": fresh()}
    told: dict[str, Any] = {}
    for group, names in groups.items():
        rows: dict[str, list[tuple[str, float | None]]] = {}
        for name in names:
            for case in cases(of, name, said.count, ASKED if said.what else JUDGED):
                for wrong, pair in measured(of, case).items():
                    times = pair[1].times / pair[0].times if pair[0] and pair[1] else None
                    rows.setdefault(wrong, []).append((verdict(pair, case.move), times))
            print(f"  {name}", file=sys.stderr, flush=True)
        told[group] = {wrong: _figures(found) for wrong, found in rows.items()}
    return told


def _figures(found: Sequence[tuple[str, float | None]]) -> dict[str, Any]:
    times = [t for _, t in found if t is not None]
    return {
        "views": len(found),
        "measured": sum(v in ("pass", "fail") for v, _ in found),
        "failed": sum(v == "fail" for v, _ in found),
        "plate over element, 0 5 50 95 100 %": [
            round(float(v), 3) for v in np.quantile(times, (0, 0.05, 0.5, 0.95, 1))
        ]
        if times
        else [],
    }
