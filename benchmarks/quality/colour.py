"""
Colour: how near a fitted CDL brings a picture back, by chart, by margin, by statistics.

A picture gets an error: +-.7 stop, a white between 4200 and 9500 K instead of 6500, and a
random CDL in ACEScct (slope .036, offset .018, power .072, saturation .18, uniform). It is
then corrected, and compared with itself as it was, both through the show's SDR view: the
mean CIEDE2000 of a picture; median and 90th percentile are over pictures and errors.

* chart: 24 patches photographed with the picture, 1 % of noise, before and after the error.
* margin: a band of 32 pixels along one side, of 192, as a generator would paint it: warped
  by up to one pixel, .08 stop of texture. A simulation: the real generator's is measured
  elsewhere.
* unpaired: statistics of another view: 4 to 60 degrees away in a panorama, the other half of
  a photograph. What was refused as unsure is told apart from what was given.
  ``color-matcher``'s methods run on the same, where it is installed.

Split by source picture: limits were chosen on ``TUNED`` and
``TUNED_VIEWS``, figures are of all others. Seed 21,
``--count`` errors a picture (4).
"""

from __future__ import annotations

import math
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quality import peers
from quality.difference import ciede2000, lab_of
from quality.light import panoramas
from quality.rendered import read
from seamline import wiring
from seamline.pixels.cdl import Fit, apply_cdl, fit_pairs, suggest
from seamline.pixels.resample import resized
from seamline.ports import Studio
from seamline.show.cdl import CDL
from seamline.steps.measure import chart_reference, illuminant

Pixels = NDArray[np.float32]
SHARED = Path(__file__).parents[3] / "shared" / "data"
TUNED = ("Carrots", "Desk", "lake-sherburne", "beacon-street-sunset", "noon_grass_1k", "city")
TUNED_VIEWS = (
    "spruit_sunrise_1k",
    "brown_photostudio_06_1k",
    "forest",
    "aristea_wreck_puresky_1k",
    "studio_small_05_1k",
)
CODED = "ACEScct"
SIZE = (108, 192)
BAND_PX, WARP_PX, TEXTURE_STOPS, CHART_NOISE = 32, 1.0, 0.08, 0.01
LARGEST = 200.0
TURNS_DEG = (4, 10, 25, 60)


def studio() -> Studio:
    """Return a show of the benchmark's own, in a folder that ends with the process."""
    folder = tempfile.TemporaryDirectory(prefix="seamline-bench-colour-")
    _kept.append(folder)
    root = wiring.new_show(f"{folder.name}/show", "Bench", width=192, height=108, rate="24")
    return wiring.open_studio(root, threads=1, quiet=True)


_kept: list[Any] = []


def photographs(of: Studio) -> dict[str, Pixels]:
    """Return linear photographs, working space, by name, (108, 192, 3)."""
    found = {}
    for path in sorted([*(SHARED / "exr_plates").glob("*.exr")]):
        if path.stem != "KernerEnvLatLong":
            found[path.stem] = _small(of, read(path), "Linear Rec.709 (sRGB)")
    for path in sorted((SHARED / "lookdev_photos").glob("*.jpg")):
        found[path.stem] = _small(of, read(path), "sRGB - Texture")
    return found


def _small(of: Studio, rgb: NDArray[np.float64], space: str) -> Pixels:
    linear = of.colour.convert(rgb.astype(np.float32), space, of.colour.working_space)
    height, width = linear.shape[:2]
    rows = min(height, width * 9 // 16)
    top = (height - rows) // 2
    cut = linear[top : top + rows, : rows * 16 // 9]
    level = float(np.median(cut)) or 0.1
    return resized(np.clip(cut * (0.15 / level), 0, LARGEST), *SIZE)


def _panorama(of: Studio, path: Path) -> Pixels:
    """Return a panorama (512, 1024, 3), its median at .15."""
    rgb = read(path).astype(np.float32)
    linear = of.colour.convert(rgb, "Linear Rec.709 (sRGB)", of.colour.working_space)
    return np.clip(linear * (0.15 / max(float(np.median(linear)), 1e-4)), 0, LARGEST)


def view(panorama: NDArray[np.float64], azimuth_deg: float, hfov_deg: float = 60.0) -> Pixels:
    """Return (108, 192, 3): what a level camera sees of a latlong panorama."""
    height, width = SIZE
    focal = width / 2 / math.tan(math.radians(hfov_deg) / 2)
    x, y = np.meshgrid(np.arange(width) + 0.5 - width / 2, height / 2 - np.arange(height) - 0.5)
    longitude = np.arctan2(x, focal) + math.radians(azimuth_deg)
    latitude = np.arctan2(y, np.hypot(x, focal))
    rows, columns = panorama.shape[:2]
    at = (((latitude / -math.pi + 0.5) * rows).astype(int).clip(0, rows - 1),
          ((longitude / (2 * math.pi) + 0.5) * columns).astype(int) % columns)  # fmt: skip
    return panorama[at].astype(np.float32)


def coded(of: Studio, linear: Pixels) -> Pixels:
    """Return working-space light in ACEScct."""
    return of.colour.convert(linear, of.colour.working_space, CODED)


def light(of: Studio, code: Pixels) -> Pixels:
    """Return ACEScct as working-space light."""
    return of.colour.convert(code, CODED, of.colour.working_space)


class Error:
    """One error of exposure, white and grade."""

    def __init__(self, of: Studio, rng: np.random.Generator) -> None:
        self.of = of
        kelvin = float(np.clip(6500 + rng.uniform(-2300, 3000), 4200, 9500))
        self.gain = (
            illuminant(of, kelvin) / illuminant(of, 6500) * 2.0 ** rng.uniform(-0.7, 0.7)
        )
        n = rng.uniform(-1, 1, 10) * ([0.036] * 3 + [0.018] * 3 + [0.072] * 3 + [0.18])
        self.cdl = CDL(
            id="error",
            slope=tuple(1 + n[:3]),
            offset=tuple(n[3:6]),
            power=tuple(1 + n[6:9]),
            saturation=1 + n[9],
        )

    def __call__(self, linear: Pixels) -> Pixels:
        """Return (H, W, 3) light with the error in it."""
        gained = (linear * self.gain).astype(np.float32)
        return light(self.of, apply_cdl(coded(self.of, gained), self.cdl))


def by_chart(of: Studio, error: Error, rng: np.random.Generator) -> Fit:
    """Return the CDL by a chart that stood in the same light."""
    true = chart_reference(of)[None].astype(np.float32)
    before, after = (
        coded(of, (patch * np.exp(rng.normal(0, CHART_NOISE, patch.shape))).astype(np.float32))
        for patch in (error(true), true)
    )
    return fit_pairs(before[0], after[0], id="chart")


def by_margin(of: Studio, picture: Pixels, error: Error, rng: np.random.Generator) -> Fit:
    """Return the CDL by a simulated painted margin along the left of the picture."""
    band = picture[:, :BAND_PX]
    rows, columns = np.indices(band.shape[:2]).astype(np.float64)
    moves = [_waves(band.shape[:2], rng) * WARP_PX for _ in range(2)]
    painted = _bilinear(picture, rows + moves[0], columns + moves[1])
    texture = 2.0 ** (rng.normal(0, TEXTURE_STOPS, band.shape[:2]))[..., None]
    source = coded(of, error((painted * texture).astype(np.float32)))
    whole = coded(of, error(picture)).reshape(-1, 3)[::37]
    return fit_pairs(
        source.reshape(-1, 3),
        coded(of, band).reshape(-1, 3),
        id="margin",
        applied_to=whole,
    )


def _waves(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return (H, W) a smooth field between -1 and 1."""
    rows, columns = np.indices(shape)
    a, b, c, d = rng.uniform(0, 2 * math.pi, 4)
    return np.sin(rows / 17 + a + np.sin(columns / 23 + b)) * np.cos(columns / 19 + c + d)


def _bilinear(
    picture: Pixels, rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> Pixels:
    height, width = picture.shape[:2]
    r, c = np.clip(rows, 0, height - 1.001), np.clip(columns, 0, width - 1.001)
    top, left = r.astype(int), c.astype(int)
    down, right = (r - top)[..., None], (c - left)[..., None]
    upper = picture[top, left] * (1 - right) + picture[top, left + 1] * right
    lower = picture[top + 1, left] * (1 - right) + picture[top + 1, left + 1] * right
    return (upper * (1 - down) + lower * down).astype(np.float32)


def apart(of: Studio, code: Pixels, true: Pixels) -> float:
    """Return the mean CIEDE2000 between a picture in ACEScct and the true light."""
    seen = light(of, np.clip(code, -0.2, 1.4).astype(np.float32))
    return float(ciede2000(lab_of(of.colour, seen), lab_of(of.colour, true)).mean())


def _told(values: list[float]) -> dict[str, Any]:
    if not values:
        return {"cases": 0}
    return {
        "cases": len(values),
        "median": round(float(np.median(values)), 2),
        "p90": round(float(np.quantile(values, 0.9)), 2),
    }


def paired(
    of: Studio, names: list[str], pictures: dict[str, Pixels], count: int
) -> dict[str, Any]:
    """Return figures of chart and margin."""
    found: dict[str, list[float]] = {n: [] for n in ("uncorrected", "chart", "margin")}
    unsure = {"chart": 0, "margin": 0}
    for number, name in enumerate(names):
        rng = np.random.default_rng([21, number])
        picture = pictures[name]
        for _ in range(count):
            error = Error(of, rng)
            wrong = coded(of, error(picture))
            found["uncorrected"].append(apart(of, wrong, picture))
            fits = {
                "chart": by_chart(of, error, rng),
                "margin": by_margin(of, picture, error, rng),
            }
            for way, fit in fits.items():
                if fit.sure:
                    found[way].append(apart(of, apply_cdl(wrong, fit.cdl), picture))
                unsure[way] += not fit.sure
        print(f"{name}: chart {found['chart'][-1:]}", file=sys.stderr, flush=True)
    return {
        way: _told(values) | ({"unsure": unsure[way]} if way in unsure else {})
        for way, values in found.items()
    }


def unpaired(of: Studio, pairs: list[tuple[str, Pixels, Pixels]], count: int) -> dict[str, Any]:
    """Return figures of statistics: our suggestion, given and refused, and color-matcher's."""
    matcher = peers.matcher()
    ways = ("mkl", "hm-mkl-hm", "reinhard") if matcher else ()
    found: dict[str, list[float]] = {n: [] for n in ("uncorrected", "given", "refused", *ways)}
    for number, (name, picture, reference) in enumerate(pairs):
        rng = np.random.default_rng([22, number])
        seen = coded(of, reference)
        for _ in range(count):
            wrong = coded(of, Error(of, rng)(picture))
            found["uncorrected"].append(apart(of, wrong, picture))
            fit = suggest(wrong, seen, id="suggestion")
            way = "given" if fit.sure else "refused"
            found[way].append(apart(of, apply_cdl(wrong, fit.cdl), picture))
            print(f"{name}: {way} {fit.spread:.4f} {found[way][-1]:.2f}", file=sys.stderr)
            for method in ways:
                moved = matcher().transfer(
                    src=wrong.astype(np.float64), ref=seen.astype(np.float64), method=method
                )
                found[method].append(apart(of, np.asarray(moved, np.float32), picture))
    told = {way: _told(values) for way, values in found.items() if way not in ways}
    return told | {"color-matcher": {w: _told(found[w]) for w in ways} or "not installed"}


def pairs_of(of: Studio, pictures: dict[str, Pixels], *, tuned: bool) -> dict[str, list[Any]]:
    """Return what is compared with what, by how far apart they look."""
    found: dict[str, list[Any]] = {f"{turn} deg": [] for turn in TURNS_DEG} | {"halves": []}
    for path in panoramas():
        if (path.stem in TUNED_VIEWS + TUNED) == tuned:
            linear = _panorama(of, path)
            at = sum(path.stem.encode()) % 360
            for turn in TURNS_DEG:
                found[f"{turn} deg"].append(
                    (path.stem, view(linear, at), view(linear, at + turn))
                )
    for name, picture in pictures.items():
        if (name in TUNED) == tuned:
            middle = picture.shape[1] // 2
            found["halves"].append((name, picture[:, :middle], picture[:, middle:]))
    return found


def run(words: list[str] | tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the figures; with ``calibrate`` those of the tuned pictures."""
    tuned = "calibrate" in words
    more = [word for word in words if word != "calibrate"]
    count = int(dict(zip(more[::2], more[1::2], strict=False)).get("--count", 4))
    of = studio()
    pictures = photographs(of)
    if not pictures:
        raise SystemExit(f"Error: the colour benchmark's photographs are not at {SHARED}")
    photos = dict(pictures)
    for path in panoramas():
        linear = _panorama(of, path)
        pictures[path.stem] = view(linear, sum(path.stem.encode()) % 360)
    names = [n for n in pictures if (n in TUNED + TUNED_VIEWS) == tuned]

    pairs = pairs_of(of, photos, tuned=tuned)
    return {
        "pictures": len(names),
        **paired(of, names, pictures, count),
        "unpaired": {n: unpaired(of, p, max(count // 2, 1)) for n, p in pairs.items()},
    }
