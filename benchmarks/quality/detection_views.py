"""
True views for detection: what a camera sees, at rest, over a plain, or turning.

Sources are HDRIs, linear EXR photographs and graded photographs of ../shared/data; every other
one sets limits. The rest were judged before, so they are judged in other views (``JUDGED``),
beside pictures that no run had seen (``fresh``): a scene each of the PolyU photographs, a
panorama of a car park, a brass screw, a flower, seeds and a brook. Everything is in the working
space, middle grey at .18.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from quality.colour import SHARED
from quality.rendered import read
from seamline.pixels.grain.box import smoothed
from seamline.pixels.resample import resized
from seamline.ports import Studio

Pixels = NDArray[np.float32]
Floats = NDArray[np.float64]
HEIGHT, WIDTH = 208, 320
HFOV_DEG = 50.0
FOCAL_PX = WIDTH / 2 / math.tan(math.radians(HFOV_DEG) / 2)
DARKEST, BRIGHTEST = 5e-4, 12.0
FRAMES = 4
ROUND_PX = (48, 64)
"""What stands around the frame, down and across, for a camera that turns."""
MOST_DEG = (0.6, 0.25)
"""Of pan and tilt a frame: up to 4 and 1.7 px."""
SEED, ASKED, JUDGED = 41, 42, 43
"""Of the views that set limits, of errors beside them, and of what is judged."""
FRESH = (
    "../demo_show/references/life_by_Aitzol_Berasategi.jpg",
    "../demo_show/references/seeding_by_Clements_Engelhardt.jpg",
    "exr_features/chromaticities/Rec709.exr", "exr_features/multiview/Adjuster.exr",
    "exr_plates/KernerEnvLatLong.exr",
)  # fmt: skip
KINDS = ("rest", "plain", "turning")


@dataclass
class View:
    """
    One true view, and where a level horizon stands in it.

    Attributes:
        source: The picture it is of.
        light: (H, W, 3) at rest; where the camera turns, wider by ``ROUND_PX`` all around.
        rows: (W,) of the horizon, in a view at rest that may have one.
        apart: (H, W) pixels from the seam; above 0 is generated.
        turns: Of a camera that turns, per frame: the frame's directions in the wide view.
    """

    source: str
    light: Pixels
    rows: Floats | None
    apart: Floats
    rng: np.random.Generator = field(repr=False)
    turns: tuple[Floats, ...] = ()
    reference: Pixels | None = field(default=None, repr=False)
    """Another view of the same source, of the same kind."""


def sources() -> list[str]:
    """Return every source picture, sorted; every other one sets the limits."""
    found = [*(SHARED / "hdri").glob("*.hdr"), *(SHARED / "hdri_blender").glob("*.exr")]
    found += [p for p in (SHARED / "exr_plates").glob("*.exr") if "LatLong" not in p.stem]
    found += (SHARED / "lookdev_photos").glob("*.jpg")
    return sorted(str(p.relative_to(SHARED)) for p in found)


def split() -> tuple[list[str], list[str]]:
    """Return the sources that limits are set on, and those that figures are of."""
    every = sources()
    return every[::2], every[1::2]


def fresh() -> list[str]:
    """Return the pictures that no run had seen: one crop of every PolyU scene, and five."""
    crops = sorted((SHARED / "noise_pairs").glob("*_mean.JPG"))
    scenes = {c.name.rsplit("_", 2)[0]: c for c in reversed(crops)}
    return [*FRESH, *sorted(str(c.relative_to(SHARED)) for c in scenes.values())]


def views(
    of: Studio, name: str, count: int, kind: str = "rest", *,
    reference: bool = True, seed: int = SEED,
) -> Iterator[View]:  # fmt: skip
    """Yield ``count`` views of one source: at ``rest``, over a ``plain``, or ``turning``."""
    seeds = [seed, [*sources(), *fresh()].index(name), KINDS.index(kind)]
    rng, others = (np.random.default_rng([*seeds, k]) for k in range(2))
    picture = _picture(of, name)
    for k in range(count):
        light, rows = _lit(picture, name, kind, k / count, rng)
        other = None
        if reference and kind != "turning":
            other = _lit(picture, name, kind, (k + 0.5) / count, others)[0]
        yield View(
            source=name, light=light, rows=rows, apart=_seam(rng), rng=rng,
            turns=_turns(rng) if kind == "turning" else (), reference=other,
        )  # fmt: skip


def _lit(
    picture: Pixels, name: str, kind: str, round_share: float, rng: np.random.Generator
) -> tuple[Pixels, Floats | None]:
    """Return one view's light and, where there may be one, the rows of its horizon."""
    panorama = _is_panorama(name)
    tilt = float(rng.uniform(-8, 8))
    size = (HEIGHT, WIDTH)
    if kind == "turning":
        size = HEIGHT + 2 * ROUND_PX[0], WIDTH + 2 * ROUND_PX[1]
    rows = None
    if kind == "plain":
        roll = math.radians(float(rng.uniform(-1, 1)))
        light, rows = _over_a_plain(picture, panorama, round_share, tilt, roll, rng)
    elif panorama:
        light = seen_of(picture, 360 * round_share + rng.uniform(0, 20), tilt, size)
        rows = _horizon(tilt, 0.0) if kind == "rest" else None
    else:
        light = _cut(picture, rng, size)
    if kind == "turning":
        light = smoothed(light)
    light = light * np.float32(0.18 / max(float(np.median(light[..., 1])), 1e-3))
    return np.clip(light, DARKEST, BRIGHTEST).astype(np.float32), rows


_LAST: dict[str, Pixels] = {}
"""The source that was read last: every kind of view is taken of one before the next."""


def _picture(of: Studio, name: str) -> Pixels:
    if name not in _LAST:
        _LAST.clear()
        _LAST[name] = _read(of, name)
    return _LAST[name]


def _is_panorama(name: str) -> bool:
    return name.startswith("hdri") or "LatLong" in name


def _read(of: Studio, name: str) -> Pixels:
    space = "sRGB - Texture" if name.lower().endswith(".jpg") else "Linear Rec.709 (sRGB)"
    rgb = read(SHARED / name).astype(np.float32)
    linear = of.colour.convert(rgb, space, of.colour.working_space)
    return linear if _is_panorama(name) else _no_larger(linear)


def _no_larger(linear: Pixels) -> Pixels:
    scale = min(1.0, 900 / linear.shape[1])
    size = [
        max(round(n * scale), m + 2 * r)
        for n, m, r in zip(linear.shape, (HEIGHT, WIDTH), ROUND_PX, strict=False)
    ]
    return resized(linear, size[0], size[1])


def _cut(picture: Pixels, rng: np.random.Generator, size: tuple[int, int]) -> Pixels:
    top, left = (
        int(rng.integers(0, n - m + 1)) for n, m in zip(picture.shape, size, strict=False)
    )
    cut = picture[top : top + size[0], left : left + size[1]]
    return cut[:, ::-1] if rng.random() < 0.5 else cut


def _rays(
    tilt_deg: float, roll: float = 0.0, size: tuple[int, int] = (HEIGHT, WIDTH)
) -> tuple[Floats, Floats, Floats]:
    x, y = (v.astype(np.float64) for v in centred(size))
    y = -y
    x, y = x * math.cos(roll) + y * math.sin(roll), y * math.cos(roll) - x * math.sin(roll)
    t = math.radians(tilt_deg)
    up, ahead = (
        y * math.cos(t) + FOCAL_PX * math.sin(t),
        FOCAL_PX * math.cos(t) - y * math.sin(t),
    )
    return x, up, ahead


def centred(size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Return (H, W) columns and rows of pixel centres from the middle of the frame."""
    height, width = size
    across, down = np.meshgrid(
        np.arange(width) + 0.5 - width / 2, np.arange(height) + 0.5 - height / 2
    )
    return across, down


def seen_of(
    picture: Pixels, azimuth_deg: float, tilt_deg: float, size: tuple[int, int]
) -> Pixels:
    """Return what a level camera, tilted, sees of a panorama."""
    x, up, ahead = _rays(tilt_deg, size=size)
    longitude = np.arctan2(x, ahead) + math.radians(azimuth_deg)
    latitude = np.arctan2(up, np.hypot(x, ahead))
    height, width = picture.shape[:2]
    return bilinear(
        picture, (0.5 - latitude / math.pi) * height - 0.5,
        longitude / (2 * math.pi) * width - 0.5,
    )  # fmt: skip


def _turns(rng: np.random.Generator) -> tuple[Floats, ...]:
    """Return per frame (3, 3) the wide view's directions from the frame's: a steady turn."""
    pan, tilt = (float(rng.uniform(-m, m)) for m in MOST_DEG)
    roll = float(rng.uniform(-0.05, 0.05))
    return tuple(turned(k * pan, k * tilt, k * roll) for k in range(FRAMES))


def turned(pan_deg: float, tilt_deg: float, roll_deg: float) -> Floats:
    """Return a rotation (3, 3) of directions with x right, y down and z ahead."""
    p, t, r = (math.radians(v) for v in (pan_deg, tilt_deg, roll_deg))
    across = np.array(
        [[math.cos(p), 0, math.sin(p)], [0, 1, 0], [-math.sin(p), 0, math.cos(p)]]
    )
    down = np.array([[1, 0, 0], [0, math.cos(t), -math.sin(t)], [0, math.sin(t), math.cos(t)]])
    about = np.array([[math.cos(r), -math.sin(r), 0], [math.sin(r), math.cos(r), 0], [0, 0, 1]])
    turn: Floats = across @ down @ about
    return turn


def through(turn: Floats, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return where directions at (x, y) from the middle go, turned."""
    rays = np.stack([x, y, np.full_like(x, FOCAL_PX)], axis=-1) @ turn.T
    return rays[..., 0] / rays[..., 2] * FOCAL_PX, rays[..., 1] / rays[..., 2] * FOCAL_PX


def taken(wide: Pixels, turn: Floats) -> Pixels:
    """Return (H, W, 3) a frame of a wide view, cubic (Catmull-Rom) between its pixels."""
    x, y = through(turn, *centred((HEIGHT, WIDTH)))
    rows, columns = (v + n / 2 - 0.5 for v, n in zip((y, x), wide.shape, strict=False))
    top, left = (np.floor(v).astype(int) for v in (rows, columns))
    down, across = (_cubic(v - np.floor(v)) for v in (rows, columns))
    frame = np.zeros((HEIGHT, WIDTH, 3))
    for i in range(4):
        for j in range(4):
            frame += (down[i] * across[j])[..., None] * wide[top + i - 1, left + j - 1]
    return np.maximum(frame, DARKEST).astype(np.float32)


def _cubic(t: Floats) -> tuple[Floats, ...]:
    return (
        (-t + 2 * t**2 - t**3) / 2, (2 - 5 * t**2 + 3 * t**3) / 2,
        (t + 4 * t**2 - 3 * t**3) / 2, (t**3 - t**2) / 2,
    )  # fmt: skip


def _horizon(tilt_deg: float, roll: float) -> Floats:
    """Return (W,) the row at which up is 0: y cos t = -f sin t in the rolled frame."""
    x = np.arange(WIDTH) + 0.5 - WIDTH / 2
    y = -FOCAL_PX * math.tan(math.radians(tilt_deg))
    return np.asarray(HEIGHT / 2 - (y + x * math.sin(roll)) / math.cos(roll))


def horizon_is_seen(view: View) -> bool:
    """
    Return whether anybody could see the horizon in both halves of a view.

    It must be in the frame, and in four columns of five, of at least a quarter of the width,
    be a step of a quarter of a stop (rms of the channels) between two rows above and below.
    """
    if view.rows is None or view.rows.min() < 14 or view.rows.max() > HEIGHT - 14:
        return False
    row, column = np.floor(view.rows).astype(int), np.arange(WIDTH)
    log = np.log2(view.light)
    step = sum(log[row - k, column] - log[row + k, column] for k in (1, 2)) / 2
    clear = np.sqrt((step**2).mean(axis=-1)) > 0.25
    away = view.apart[row, column]
    return all(
        half.sum() >= WIDTH / 4 and clear[half].mean() >= 0.8
        for half in (away > 12, away < -12)
    )


def _over_a_plain(
    picture: Pixels, panorama: bool, turn: float, tilt_deg: float, roll: float,
    rng: np.random.Generator,
) -> tuple[Pixels, Floats]:  # fmt: skip
    fine = 3
    light = np.zeros((HEIGHT, WIDTH, 3))
    height, width = picture.shape[:2]
    ground = picture[int(height * 0.6) :]
    flat = np.clip(ground, 0, np.quantile(ground, 0.98)).mean(axis=(0, 1))
    base_x, base_up, base_ahead = _rays(tilt_deg, roll)
    for k in range(fine):
        # a third of a row further down: the shift of y, turned by roll and tilt
        dy = (1 - (2 * k + 1) / fine) / 2
        t = math.radians(tilt_deg)
        x = base_x + dy * math.sin(roll)
        up = base_up + dy * math.cos(roll) * math.cos(t)
        ahead = base_ahead - dy * math.cos(roll) * math.sin(t)
        level = np.hypot(x, ahead)
        elevation = np.arctan2(up, level)
        longitude = np.arctan2(x, ahead) + 2 * math.pi * turn
        rows = (0.5 - np.maximum(elevation, 0) / math.pi) * height - 1.5
        if panorama:
            sky = bilinear(picture, rows, longitude / (2 * math.pi) * width - 0.5)
        else:
            rows = height * 0.45 * (1 - np.maximum(elevation, 0) / 0.7)
            sky = bilinear(picture, rows, (longitude * FOCAL_PX) % width)
        far = 1.6 * level / np.maximum(-up, 1e-6)
        gx, gz = far * np.sin(longitude) * 40, far * np.cos(longitude) * 40
        texture = bilinear(ground, gz % ground.shape[0], gx % ground.shape[1])
        held = flat + (np.clip(texture, 0, 4 * flat) - flat) * np.exp(-far / 20)[..., None]
        light += np.where((up > 0)[..., None], sky, held) / fine
    return light.astype(np.float32), _horizon(tilt_deg, roll)


def _seam(rng: np.random.Generator) -> Floats:
    """Return (H, W) pixels from a seam that winds from top to bottom, turned at random."""
    y = np.arange(HEIGHT)
    wind = np.sin(y / HEIGHT * math.pi * rng.uniform(0.5, 2) + rng.uniform(0, 6))
    x = WIDTH / 2 + rng.uniform(-50, 50) + rng.uniform(-25, 25) * wind
    slope = np.sqrt(1 + np.gradient(x) ** 2)
    apart = (np.arange(WIDTH)[None] + 0.5 - x[:, None]) / slope[:, None]
    return apart if rng.random() < 0.5 else -apart


def bilinear(picture: Pixels, rows: Floats, columns: Floats) -> Pixels:
    """Return ``picture`` at rows and columns (indices), going round at its sides."""
    height, width = picture.shape[:2]
    r = np.clip(rows, 0, height - 1.001)
    top = r.astype(int)
    left = np.floor(columns).astype(int)
    down, right = (r - top)[..., None], (columns - left)[..., None]
    left, after = left % width, (left + 1) % width
    upper = picture[top, left] * (1 - right) + picture[top, after] * right
    lower = picture[top + 1, left] * (1 - right) + picture[top + 1, after] * right
    return (upper * (1 - down) + lower * down).astype(np.float32)
