"""
Copies at the door: how many are held, and how many other pictures are.

Source pictures are photographs, panoramas and flat views out of panoramas (four of each,
which share nothing). Every other one set the limits; figures are of the others. A copy is
made by one change, or by several; *others* are all pairs of different source pictures. *Near
views* show one place twice and are no copies: neighbouring views of one panorama that share
two thirds of their width, a panning camera's frames, two photographs of one still life that
differ by its grain, and two pieces of one photograph, some of which share a part. They are
given apart: what a person is asked about. So is a flat view out of a panorama beside the whole
of it, which is another projection and is not looked for.
"""

from __future__ import annotations

import io
import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from quality.colour import SHARED
from quality.rendered import read

from seamline.pixels.copies import Overlay, overlay
from seamline.pixels.imprint import Imprint, imprint
from seamline.pixels.resample import resized
from seamline.steps.copies import is_held

Pixels = NDArray[np.float32]
VIEWS, VIEW_DEG, VIEW_PX = 4, 60.0, (320, 512)
DEMO = SHARED.parent / "demo_show" / "references"
SEED = 20261126
SAME = (
    "spruit_sunrise_4k",
    "lookdev_photos/aitzgorri",
    "lookdev_photos/sunset_by",
    "sunrise.exr",
)
"""Files of a picture that another file of the material shows too."""


def linear(coded: Pixels) -> Pixels:
    """Return sRGB codes, 0 to 1, as light (IEC 61966-2-1)."""
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4).astype(
        np.float32
    )


def coded(light: Pixels) -> Pixels:
    """Return light as sRGB codes, 0 to 1; clipped there."""
    held = np.clip(light, 0, 1)
    return np.where(held <= 0.0031308, held * 12.92, 1.055 * held ** (1 / 2.4) - 0.055).astype(
        np.float32
    )


def jpeg(light: Pixels, quality: int) -> Pixels:
    """Return light through an 8 bit JPEG whose brightest hundredth is white."""
    white = max(float(np.percentile(light, 99)), 1e-6)
    codes = (coded(light / max(white, 1.0)) * 255 + 0.5).astype(np.uint8)
    file = io.BytesIO()
    Pillow.fromarray(codes).save(file, "JPEG", quality=quality)
    return linear(np.asarray(Pillow.open(file), np.float32) / np.float32(255))


def half(light: Pixels) -> Pixels:
    """Return light as half floats keep it."""
    return np.clip(light, 0, 65504).astype(np.float16).astype(np.float32)


def cropped(light: Pixels, share: float, rng: np.random.Generator) -> Pixels:
    """Return a box of ``share`` of each side, anywhere."""
    height, width = (round(n * share) for n in light.shape[:2])
    top = int(rng.integers(0, light.shape[0] - height + 1))
    left = int(rng.integers(0, light.shape[1] - width + 1))
    return np.ascontiguousarray(light[top : top + height, left : left + width])


def sized(light: Pixels, factor: float) -> Pixels:
    """Return light at ``factor`` of its size, by area."""
    height, width = (max(1, round(n * factor)) for n in light.shape[:2])
    return resized(light, height, width)


Change = Callable[[Pixels, np.random.Generator], Pixels]
CHANGES: dict[str, Change] = {
    "jpeg 90": lambda p, r: jpeg(p, 90),
    "jpeg 40": lambda p, r: jpeg(p, 40),
    "half": lambda p, r: half(p),
    "a third of the size": lambda p, r: sized(p, 1 / 3),
    "mirrored": lambda p, r: p[:, ::-1],
    "2 stops up, jpeg": lambda p, r: jpeg(p * np.float32(4), 90),
    "2 stops down, jpeg": lambda p, r: jpeg(np.minimum(p, 1) / np.float32(4), 90),
    "cropped to 60 %": lambda p, r: cropped(p, 0.6, r),
    "cropped to 60 %, mirrored, jpeg 60": lambda p, r: jpeg(cropped(p, 0.6, r)[:, ::-1], 60),
    "cropped to 60 %, half the size, 1 stop up, jpeg 75": lambda p, r: jpeg(
        sized(cropped(p, 0.6, r), 0.5) * np.float32(2), 75
    ),
}


def files() -> list[Path]:
    """Return the files of the source pictures, one of each picture."""
    found = [*(SHARED / "hdri").glob("*.hdr"), *(SHARED / "hdri_blender").glob("*.exr")]
    found += [*(SHARED / "exr_plates").glob("*.exr"), *DEMO.glob("*.jpg")]
    found += [*(SHARED / "lookdev_photos").glob("*.jpg")]
    found += sorted((SHARED / "noise_pairs").glob("*_mean.JPG"))
    return sorted(p for p in found if not any(word in str(p) for word in SAME))


def opened(path: Path) -> Pixels:
    """Return a file as light, (H, W, 3), at most 1600 pixels wide."""
    found = read(path).astype(np.float32)
    light = found if path.suffix in (".hdr", ".exr") else linear(found)
    light = np.nan_to_num(light, nan=0.0, posinf=65504.0)
    return sized(light, 1600 / light.shape[1]) if light.shape[1] > 1600 else light


def view(panorama: Pixels, azimuth_deg: float) -> Pixels:
    """Return a level flat view of a latlong panorama, of four nearest pixels each."""
    height, width = VIEW_PX
    reach = np.tan(np.radians(VIEW_DEG / 2))
    x = (np.arange(2 * width) + 0.5) / width - 1
    y = (np.arange(2 * height) + 0.5) / width - height / width
    across, down = np.meshgrid(x * reach, y * reach)
    longitude = np.arctan(across) + np.radians(azimuth_deg)
    latitude = np.arctan(down / np.hypot(1, across))
    rows, columns = panorama.shape[:2]
    at_x = np.floor(longitude / (2 * np.pi) * columns).astype(int) % columns
    at_y = np.clip(np.floor((latitude / np.pi + 0.5) * rows).astype(int), 0, rows - 1)
    return resized(panorama[at_y, at_x], height, width)


def pictures(every: int) -> dict[str, Pixels]:
    """Return the source pictures of one half of the files: the even ones, or the odd."""
    found: dict[str, Pixels] = {}
    for path in files()[every::2]:
        light = opened(path)
        name = path.stem
        found[name] = light
        if light.shape[1] == 2 * light.shape[0]:
            for k in range(VIEWS):
                azimuth = 360 * k / VIEWS
                found[f"{name}, view {azimuth:.0f}"] = view(light, azimuth)
    return found


def near_views(every: int) -> Iterator[tuple[str, Pixels, Pixels]]:
    """Yield pairs that show one place and are no copies."""
    for path in files()[every::2]:
        light = opened(path)
        if light.shape[1] == 2 * light.shape[0]:
            for k in range(VIEWS):
                azimuth = 360 * k / VIEWS
                yield "turned by 20 degrees", view(light, azimuth), view(light, azimuth + 20)
    for of in sorted((SHARED / "roto").glob("davis*"))[every::2]:
        frames = sorted((of / "frames").glob("*.[jp]*g"))
        for step, name in ((1, "the next frame"), (10, "ten frames on")):
            for k in range(0, len(frames) - step, 10):
                yield name, opened(frames[k]), opened(frames[k + step])
    for path in sorted((SHARED / "noise_pairs").glob("*_mean.JPG"))[every::4]:
        other = path.with_name(path.name.replace("_mean", "_real"))
        yield "another exposure of it", opened(path), opened(other)


def told(every: int) -> dict[str, list[Overlay]]:
    """Return what is found of every pair of one half, by what was done."""
    found: dict[str, list[Overlay]] = {}
    marks: dict[str, Imprint] = {}
    for k, (name, light) in enumerate(pictures(every).items()):
        rng = np.random.default_rng([SEED, every, k])
        marks[name] = imprint(light)
        for change, do in CHANGES.items():
            copy = imprint(np.ascontiguousarray(do(light, rng)))
            found.setdefault(change, []).append(overlay(copy, marks[name]))
    for one, other in itertools.combinations(marks, 2):
        # Two projections of one picture, and two pieces of one, are given apart.
        kind = "a view out of it" if other.startswith(f"{one}, view") else "others"
        if one.endswith("_mean") and one.split("_")[:-2] == other.split("_")[:-2]:
            kind = "another piece of one photograph"
        found.setdefault(kind, []).append(overlay(marks[other], marks[one]))
    for kind, one_light, other_light in near_views(every):
        found.setdefault(kind, []).append(overlay(imprint(one_light), imprint(other_light)))
    return found


def figures() -> dict[str, Any]:
    """Return how many of each kind are held, of the pictures that no limit was set on."""
    begun = time.process_time()
    found = told(1)
    seconds = time.process_time() - begun
    held = {kind: [is_held(one) for one in some] for kind, some in found.items()}
    copies = [one for kind in CHANGES for one in held[kind]]
    pairs = sum(len(some) for some in held.values())
    return {
        "copies": {"pairs": len(copies), "held": sum(copies)},
        "recall": round(sum(copies) / len(copies), 4),
        "others": {"pairs": len(held["others"]), "held": sum(held["others"])},
        "false_alarms": round(sum(held["others"]) / len(held["others"]), 6),
        "each": {kind: f"{sum(some)} of {len(some)}" for kind, some in held.items()},
        "cpu_ms_a_pair": round(1000 * seconds / pairs, 1),
    }
