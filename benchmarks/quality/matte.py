"""
Matte: how near a keyed matte comes to the true one, before green, blue and a cyclorama.

Frames are made (``quality.keyed``): a figure with hairs, a hole, a soft and a motion-blurred
side, before a screen that falls off by about a stop, in scene-linear light, with spill and
camera noise (``iso800``, and four times as much in ``noisy``). The figure's cloth is a
photograph's. Errors are mean absolute differences of the matte: over the frame, over the
truly soft pixels (edge), and what is lost inside. Median and 90th percentile are over frames.

* ``keyer``: as ``seamline seam key`` does it; before a cyclorama with a clean plate and,
  as ``cyc_alone``, from a sample of it.
* ``difference``: the colour difference over one screen colour, clipped; and with the screen
  measured at every pixel. What the keyer is to beat.
* Cloth in the screen's own colour cannot be told from it: frames in which over 2 % of the
  cloth has more than .4 of the screen's colour difference (nearer than .15 in colour to a
  cyclorama) are counted apart, as ``alike``.
* shadow: a soft shadow a stop deep on a floor whose light falls off, lifted without and with
  a clean plate, and from a floor with a pattern.

Split by cloth: limits were chosen on ``TUNED``, figures are of the means of PolyU's pairs
and of the other photographs. Seed 31 + frame; ``--count`` frames a cloth (1).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from quality.keyed import Keyed, a_frame
from seamline.pixels.matte.keyer import key
from seamline.pixels.matte.screen import CYC, difference, measured, screen_colour
from seamline.pixels.matte.shadow import contact_shadow
from seamline.pixels.matte.spill import despilled

Image = NDArray[np.float32]
SHARED = Path(__file__).parents[3] / "shared" / "data"
TUNED = ("canyon-wren", "beacon-street-sunset", "aitzgorri_by_Aitzol_Berasategi")
SIZE = (270, 480)
SAMPLE = (4, 4, 60, 40)
KINDS = ("green", "blue", CYC)
NOISES = {"iso800": 1.0, "noisy": 4.0}
AP1_FROM_709 = (
    (0.613097, 0.339523, 0.047379),
    (0.070194, 0.916354, 0.013452),
    (0.020616, 0.109570, 0.869815),
)
"""ACEScg from linear Rec.709, Bradford: AMPAS S-2014-004 and ITU-R BT.709."""


def run(words: list[str]) -> dict[str, Any]:
    """Return the figures; ``--count N`` frames a cloth."""
    count = int(words[words.index("--count") + 1]) if "--count" in words else 1
    cloths = dict(_cloths())
    figures: dict[str, Any] = {"cloths": len(cloths), "frames_a_cloth": count}
    for kind in KINDS:
        for noise in NOISES:
            print(f"   {kind}, {noise}", file=sys.stderr, flush=True)
            figures[f"{kind}_{noise}"] = _of_screen(kind, noise, cloths, count)
    figures["shadow"] = _of_shadows()
    figures["seconds_2k"] = _seconds(next(iter(cloths.values())))
    return figures


def _cloths() -> Iterator[tuple[str, Image]]:
    photographs = sorted((SHARED / "lookdev_photos").glob("*.jpg"))
    pairs = sorted((SHARED / "noise_pairs").rglob("*mean.*"))[::5]
    for path in [*photographs, *pairs]:
        if path.stem not in TUNED:
            yield path.stem, _linear(path)


def _linear(path: Path) -> Image:
    with Pillow.open(path) as opened:
        fitted = opened.convert("RGB").resize((SIZE[1], SIZE[0]), Pillow.Resampling.BOX)
    coded = np.asarray(fitted, np.float64) / 255
    light = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    return np.asarray(light @ np.asarray(AP1_FROM_709).T, np.float32)


def _of_screen(kind: str, noise: str, cloths: dict[str, Image], count: int) -> dict[str, Any]:
    rows: dict[str, list[dict[str, float]]] = {}
    for name, cloth in cloths.items():
        for n in range(count):
            frame = a_frame(kind, cloth, 31 + n, size=SIZE, noise=NOISES[noise])
            alike = _alike(frame, kind)
            for way, matte in _ways(frame, kind):
                where = f"{way}_alike" if alike else way
                rows.setdefault(where, []).append(_errors(matte, frame.matte))
        print(f"      {name}{', alike' if alike else ''}", file=sys.stderr)
    return {way: _summed(found) for way, found in sorted(rows.items())}


def _alike(frame: Keyed, kind: str) -> bool:
    inside = frame.matte > 0.5
    if kind == CYC:
        near = np.abs(frame.live - frame.clean).max(axis=-1) < 0.15
        return float(near[inside].mean()) > 0.02
    own = difference(frame.clean, kind)
    return float((difference(frame.live, kind) > 0.4 * own)[inside].mean()) > 0.02


def _ways(frame: Keyed, kind: str) -> Iterator[tuple[str, Image]]:
    colour = screen_colour(frame.plate, kind, SAMPLE)
    alone = measured(frame.plate, kind, colour)
    if kind == CYC:
        yield "keyer", key(frame.plate, measured(frame.plate, kind, colour, clean=frame.clean))
        yield "cyc_alone", key(frame.plate, alone)
        return
    yield "keyer", key(frame.plate, alone)
    over = difference(frame.plate, kind)
    one = difference(np.asarray(colour, np.float32)[None, None], kind)
    many = difference(alone.behind, kind)
    for way, own in (("difference", one), ("difference_measured", many)):
        yield way, np.clip(1 - over / own, 0, 1)


def _errors(matte: Image, truth: Image) -> dict[str, float]:
    apart = np.abs(matte - truth)
    soft, inside, bare = (truth > 0) & (truth < 1), truth == 1, truth == 0
    return {
        "all": float(apart.mean()),
        "edge": float(apart[soft].mean()),
        "lost_inside": float(apart[inside].mean()),
        "exactly_live": float((matte[inside] == 1).mean()),
        "exactly_bare": float((matte[bare] == 0).mean()),
    }


def _summed(found: list[dict[str, float]]) -> dict[str, Any]:
    summed: dict[str, Any] = {"frames": len(found)}
    for name in found[0]:
        values = np.asarray([row[name] for row in found])
        worst = 10 if name.startswith("exactly") else 90
        summed[name] = [round(float(np.percentile(values, q)), 4) for q in (50, worst)]
    return summed


def _of_shadows() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for way, pattern, clean_too in (
        ("plain", 0.0, False),
        ("plain_clean", 0.0, True),
        ("patterned_clean", 0.3, True),
        ("patterned_alone", 0.3, False),
    ):
        errors = []
        for seed in range(8):
            truth, plate, clean = _floor(seed, pattern)
            bare = np.zeros(plate.shape[:2], np.float32)
            shadow = contact_shadow(
                plate, bare, np.ones(bare.shape, bool), clean=clean if clean_too else None
            )
            errors.append(float(np.abs(np.log2(shadow.light / truth))[truth < 0.97].mean()))
        found[f"{way}_stops"] = [round(float(np.percentile(errors, q)), 3) for q in (50, 90)]
    return found


def _floor(seed: int, pattern: float) -> tuple[Image, Image, Image]:
    rng = np.random.default_rng(seed)
    height, width = SIZE
    y, x = np.mgrid[:height, :width].astype(np.float64)
    fall = ((x - rng.uniform(0, width)) / width) ** 2 + ((y - height) / width) ** 2
    tiles = np.sign(np.sin(x / 9)) * np.sign(np.sin(y / 5))
    light = 0.3 * 2.0**-fall * (1 + pattern * tiles)
    clean = light[..., None] * np.asarray((1.0, 0.9, 0.8))
    away = np.hypot(
        (x - width * rng.uniform(0.35, 0.65)) / 90, (y - height * rng.uniform(0.4, 0.7)) / 25
    )
    lost = 0.5 * np.clip(1.6 - away, 0, 1)
    truth = np.stack([1 - lost, 1 - 0.95 * lost, 1 - 0.85 * lost], axis=-1)
    plate = clean * truth + rng.normal(0, 0.002, clean.shape)
    return truth.astype(np.float32), plate.astype(np.float32), clean.astype(np.float32)


def _seconds(cloth: Image) -> dict[str, float]:
    large = np.kron(cloth, np.ones((4, 5, 1), np.float32))[:1080, :2048]
    frame = a_frame("green", large, 1, size=(1080, 2048))
    told = {}
    began = time.perf_counter()
    screen = measured(frame.plate, "green", screen_colour(frame.plate, "green", None))
    told["screen"] = time.perf_counter() - began
    began = time.perf_counter()
    matte = key(frame.plate, screen)
    told["key"] = time.perf_counter() - began
    began = time.perf_counter()
    despilled(frame.plate, screen, weight=matte)
    told["spill"] = time.perf_counter() - began
    return {name: round(seconds, 2) for name, seconds in told.items()}
