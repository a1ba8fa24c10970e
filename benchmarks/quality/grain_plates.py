"""
Plates whose grain is known: real camera noise, and simulated cameras over real photographs.

Real: the PolyU pairs, JPEG crops of 512 x 512 of one noisy frame and of the mean of hundreds.
Crops of one scene with one camera are one plate. A model is measured in every other block of
64 x 64 pixels and judged in those between, which it never saw; then the other way round
(``swapped``), and both are judged together. sRGB is decoded, so signals are near linear;
within ``EDGE_PX`` of edges, which slipped between frame and mean, neither grain is looked at.

Simulated: photons and read noise on a Bayer mosaic, bilinear demosaic, a little crosstalk,
and for some a blur; or film, whose grain is coarse and skewed; or a sensor's picture as JPEG,
uneven like PolyU's, whose truth is the mean of ``MEAN_FRAMES`` frames that never slipped.
Clean light comes from photographs made smaller, which averages out what noise they had.

Settings were chosen on the plates of ``TUNED`` scenes; figures are of the others. How moving
plates are measured was changed after a look at all of the first six of them. That grain grows
with detail was found on the tuned real plates and on three others (reciever, chair, book).
Plug and comproom came last, and nothing was ever chosen on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Floats = NDArray[np.float64]
DATA = Path(__file__).parents[3] / "shared" / "data"
HEIGHT, WIDTH = 288, 384
BLOCK = 64
"""Real crops are shared out by blocks of this side, like a chess board."""
STATIC_FRAMES, FRESH_FRAMES, MOVING_FRAMES = 8, 16, 12
MEAN_FRAMES = 100
"""As many as stand behind a PolyU mean, about; sigma beside it is half a percent too high."""
QUALITY = 80
"""Of the compressed plates' JPEG; colour at half the size, as cameras have it."""


STEEP = 0.02
"""Coded values per pixel; a quarter of a pixel off, that is a third of the weakest grain."""
EDGE_PX = 2
"""An edge that slipped shows beside itself too. Of 0, 1, 2, 4, 6 and 8 px the one under which
the two halves of four tuned plates' own grain are most alike in the largest ring: .48 dB in the
mean (0 px: .70; 4 px: .59). No made grain was looked at for it."""

PAIRS = {
    "bicycle": "Canon5D2_5_160_6400_bicycle",
    "desk": "Canon5D2_5_160_6400_desk",
    "reciever": "Canon5D2_5_160_6400_reciever",
    "chair": "Canon5D2_5_160_3200_chair",
    "fruit": "Canon5D2_5_200_3200_fruit",
    "toy5d": "Canon5D2_5_200_3200_toy",
    "circuit": "Canon5D2_5_160_6400_circuit",
    "waterhouse": "Canon600D_3-5_125_1600_waterhouse",
    "toy600d": "Canon600D_4-5_125_1600_toy",
    "book": "Canon600D_4-5_125_1600_book",
    "printer": "Canon80D_8_8_12800_printer",
    "ball": "Canon80D_8_8_3200_ball",
    "plug": "Canon5D2_5_160_3200_plug",
    "comproom": "Canon80D_8_8_6400_comproom",
}
PHOTOS = {
    "desk exr": "exr_plates/Desk.exr",
    "golden gate": "exr_plates/GoldenGate.exr",
    "tree": "exr_plates/Tree.exr",
    "mt tam": "exr_plates/MtTamWest.exr",
    "carrots": "exr_plates/Carrots.exr",
    "lake": "lookdev_photos/lake-sherburne.jpg",
    "rooftops": "lookdev_photos/beacon-street-sunset.jpg",
    "harbour": "lookdev_photos/singaporean-cityscape.jpg",
    "larches": "lookdev_photos/aitzgorri_by_Aitzol_Berasategi.jpg",
    "dunes": "lookdev_photos/extreme-desert-hike.jpg",
}
CAMERAS = ("sensor", "fast sensor", "oversampled", "film", "compressed")
SIMULATED = (
    ("desk exr", "sensor"),
    ("lake", "fast sensor"),
    ("larches", "film"),
    ("golden gate", "sensor"),
    ("tree", "fast sensor"),
    ("mt tam", "oversampled"),
    ("carrots", "film"),
    ("rooftops", "oversampled"),
    ("harbour", "sensor"),
    ("dunes", "film"),
    ("larches", "compressed"),
    ("rooftops", "compressed"),
    ("mt tam", "compressed"),
    ("golden gate", "compressed"),
)
MOVING = (
    ("lake", "sensor"),
    ("larches", "oversampled"),
    ("tree", "sensor"),
    ("mt tam", "fast sensor"),
    ("rooftops", "oversampled"),
    ("harbour", "film"),
    ("golden gate", "sensor"),
    ("carrots", "film"),
    ("dunes", "oversampled"),
)
"""The last three were first measured once pairs of frames that fall alike were in force."""
GRASS = (
    ("larches", "sensor"),
    ("tree", "fast sensor"),
    ("carrots", "film"),
)
"""Photographs whose texture stands in the middle, at levels where nothing is bare."""
EASING = (0.0, 0.1, 0.5, 1.3, 2.6, 4.3, 6.4, 8.9)
"""Where a camera that eases out is, pixels; it smears frames over half of its step."""
KINDS: dict[str, Sequence[tuple[str, ...]]] = {
    "real": [(name,) for name in PAIRS],
    "simulated": SIMULATED,
    "moving": MOVING,
    "grass": GRASS,
}
"""What plates of each kind are made of."""
TUNED = frozenset(
    {"bicycle", "desk", "toy600d", "printer", "fruit", "desk exr", "lake", "larches"}
)
"""Scenes that settings were chosen on."""


JUDGED = 8
"""Frames that are judged, and as many more that say what chance does."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Held:
    """Grain (H, W, 3), the light under it, and (H, W) where it is looked at; frames stacked."""

    grain: Image
    light: Image
    seen: NDArray[np.bool_]
    frames: int

    def other(self, grain: Image) -> Held:
        """Return other grain on the same light."""
        return replace(self, grain=grain)

    def first(self, count: int) -> Held:
        """Return the first frames."""
        rows = len(self.light) // self.frames * min(count, self.frames)
        return Held(
            grain=self.grain[:rows],
            light=self.light[:rows],
            seen=self.seen[:rows],
            frames=min(count, self.frames),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plate:
    """
    Frames to measure in, and frames of the same camera to be judged against.

    Attributes:
        frames: (H, W, 3) each; measured.
        mask: (H, W) where ``frames`` are measured; None is everywhere.
        clean: (H, W, 3) where the picture under ``frames`` is given to the measure.
        coordinates: Per frame (H, W, 2), of a moving camera; else None.
        judged: (H, W, 3) frames nobody measured.
        under: (H, W, 3) per judged frame: the picture without grain.
        edges: (H, W) of the judged frame, where no grain is looked at; None is nowhere.
        steep: (H, W) the same of the measured frame.
    """

    name: str
    scene: str
    kind: str
    frames: Sequence[Image]
    judged: Sequence[Image]
    under: Sequence[Image]
    mask: NDArray[np.bool_] | None = None
    edges: NDArray[np.bool_] | None = None
    steep: NDArray[np.bool_] | None = None
    clean: Image | None = None
    coordinates: Sequence[Floats] | None = None

    def held(self, *, twin: bool = False) -> Held:
        """Return the judged grain; ``twin``: as much other grain of the same camera."""
        if self.clean is None:
            at = slice(JUDGED, 2 * JUDGED) if twin else slice(0, JUDGED)
            frames, under = list(self.judged[at]), list(self.under[at])
            edges = None
        elif twin:
            assert self.mask is not None
            assert self.steep is not None
            frames = [_blocks(self.frames[0], self.mask)]
            under = [_blocks(self.clean, self.mask)]
            edges = _blocks(self.steep, self.mask)
        else:
            frames, under, edges = list(self.judged), list(self.under), self.edges
        light = np.concatenate(under)
        grain = np.concatenate(frames) - light
        seen = np.ones(light.shape[:2], bool) if edges is None else ~edges
        return Held(grain=grain, light=light, seen=seen, frames=len(frames))

    def swapped(self) -> Plate:
        """Return a real plate that is measured where this one is judged."""
        assert self.mask is not None
        assert self.clean is not None
        assert self.steep is not None
        return replace(
            self,
            mask=~self.mask,
            judged=[_blocks(self.frames[0], self.mask)],
            under=[_blocks(self.clean, self.mask)],
            edges=_blocks(self.steep, self.mask),
        )

    @property
    def whole(self) -> Sequence[Image]:
        """Per judged frame the whole picture without grain: grain is made on no less."""
        return self.under if self.clean is None else [self.clean]

    def cut(self, picture: Image) -> Image:
        """Return of a whole picture what is judged."""
        if self.clean is None:
            return picture
        assert self.mask is not None
        return _blocks(picture, ~self.mask)

    @property
    def tuned(self) -> bool:
        return self.scene in TUNED


def joined(parts: Sequence[Held]) -> Held:
    """Return several grains, one above another."""
    return Held(
        grain=np.concatenate([part.grain for part in parts]),
        light=np.concatenate([part.light for part in parts]),
        seen=np.concatenate([part.seen for part in parts]),
        frames=sum(part.frames for part in parts),
    )


def require() -> None:
    """Raise SystemExit with one sentence where the material is not there."""
    if not (DATA / "noise_pairs").is_dir():
        raise SystemExit(f"Error: the noise pairs and photographs are not at {DATA}")


def plates(*, quick: bool = False, only: str | None = None) -> Iterator[Plate]:
    """Yield every plate, or those of one kind alone; ``quick``: every third."""
    every: list[Any] = [
        (_MADE_BY[kind], words)
        for kind in (KINDS if only is None else (only,))
        for words in KINDS[kind]
    ]
    for make, words in every[:: 3 if quick else 1]:
        yield make(*words)


def _read(path: Path) -> Image:
    import OpenImageIO as oiio

    source = oiio.ImageBuf(str(path))
    return np.asarray(source.get_pixels(oiio.FLOAT), np.float32)[..., :3]


def _decoded(rgb: Image) -> Image:
    """sRGB (IEC 61966-2-1) to linear."""
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4).astype(
        np.float32
    )


def real(name: str) -> Plate:
    """The crops of one scene, one above another; one half of their blocks measured."""
    noisy = sorted((DATA / "noise_pairs").glob(f"{PAIRS[name]}_*_real.JPG"))
    means = [p.with_name(p.name.replace("_real", "_mean")) for p in noisy]
    coded, means_coded = ([_read(p) for p in paths] for paths in (noisy, means))
    level = [_brought(f, c) for f, c in zip(coded, means_coded, strict=True)]
    clean = _decoded(np.concatenate(means_coded))
    frame = _decoded(np.concatenate(level))
    edges = np.concatenate([_edges(c) for c in means_coded])
    rows, columns = np.indices(frame.shape[:2]) // BLOCK
    measured = (rows + columns) % 2 == 0
    return Plate(
        name=f"polyu {name}",
        scene=name,
        kind="real",
        frames=[frame],
        mask=measured,
        clean=clean,
        judged=[_blocks(frame, ~measured)],
        under=[_blocks(clean, ~measured)],
        edges=_blocks(edges, ~measured),
        steep=edges,
    )


def _brought(frame: Image, mean: Image) -> Image:
    """Return a frame in the light of the mean: lamps pulsed, and that is no grain."""
    from seamline.pixels.grain.box import slow_part

    everywhere = np.ones(frame.shape[:2], bool)
    return frame - np.stack(
        [slow_part(frame[..., c] - mean[..., c], everywhere) for c in range(3)], axis=2
    )


def _edges(coded: Image) -> NDArray[np.bool_]:
    """Return where the mean is steeper than STEEP, or near: what slipped is not grain."""
    from seamline.pixels.grain.box import box_mean

    steep = np.zeros(coded.shape[:2], np.float32)
    steep[:, 1:-1] = np.abs(coded[:, 2:] - coded[:, :-2]).max(axis=2) / 2
    steep[1:-1] = np.maximum(steep[1:-1], np.abs(coded[2:] - coded[:-2]).max(axis=2) / 2)
    return box_mean((steep > STEEP).astype(np.float32), EDGE_PX) > 0.5 / (2 * EDGE_PX + 1) ** 2


def _blocks(picture: Image, where: NDArray[np.bool_]) -> Image:
    """Return the blocks of a picture that lie in ``where``, one above another."""
    return np.concatenate([
        picture[row : row + BLOCK, column : column + BLOCK]
        for row in range(0, picture.shape[0], BLOCK)
        for column in range(0, picture.shape[1], BLOCK)
        if where[row, column]
    ])  # fmt: skip


@cache
def _photo(name: str) -> Image:
    """Return a photograph about 900 px wide, linear, mid-tones at .18."""
    from seamline.pixels.resample import resized

    path = DATA / PHOTOS[name]
    rgb = np.nan_to_num(_read(path), posinf=65504.0)
    if path.suffix == ".jpg":
        rgb = _decoded(rgb)
    rgb = np.maximum(rgb, 0)
    height, width = rgb.shape[:2]
    small = resized(rgb, round(height * 900 / width), 900)
    return (small * np.float32(0.18 / max(float(np.median(small)), 1e-3))).astype(np.float32)


def _view(name: str, x: Floats, y: Floats) -> Image:
    """Return a photograph at places (h, w), pixels, a little soft as through a lens."""
    from seamline.pixels.grain.box import smoothed

    return _between(smoothed(_photo(name)), x, y)


def _between(picture: Image, x: Floats, y: Floats) -> Image:
    """Return a picture at places (h, w), pixels, by cubics."""
    picture = picture.astype(np.float64)
    x, y = x - 0.5, y - 0.5
    column = np.clip(np.floor(x).astype(int), 1, picture.shape[1] - 3)
    row = np.clip(np.floor(y).astype(int), 1, picture.shape[0] - 3)
    out = np.zeros((*x.shape, 3))
    for k, down in enumerate(_cubic(y - row)):
        for m, across in enumerate(_cubic(x - column)):
            out += (down * across)[..., None] * picture[row + k - 1, column + m - 1]
    return np.maximum(out, 1e-4).astype(np.float32)


def _cubic(t: Floats) -> list[Floats]:
    """Catmull-Rom weights."""
    return [
        -0.5 * t + t * t - 0.5 * t**3,
        1 - 2.5 * t * t + 1.5 * t**3,
        0.5 * t + 2 * t * t - 1.5 * t**3,
        -0.5 * t * t + 0.5 * t**3,
    ]


def simulated(name: str, camera: str) -> Plate:
    """A locked-off plate."""
    clean = _view(name, *_grid(name))
    rng = np.random.default_rng([11, CAMERAS.index(camera), len(name)])
    frames = [shot(clean, camera, rng) for _ in range(STATIC_FRAMES + FRESH_FRAMES)]
    under = shot(clean, camera, None)
    if camera == "compressed":
        # what quantising does on the average shows in the mean of many alone
        under = np.mean([shot(clean, camera, rng) for _ in range(MEAN_FRAMES)], axis=0)
    return Plate(
        name=f"{name}, {camera}",
        scene=name,
        kind="compressed" if camera == "compressed" else "simulated",
        frames=frames[:STATIC_FRAMES],
        judged=frames[STATIC_FRAMES:],
        under=[under] * FRESH_FRAMES,
    )


def moving(name: str, camera: str) -> Plate:
    """A camera that pans, tilts and rolls a little; coordinates are off by .1 px, smoothly."""
    x, y = _grid(name)
    rng = np.random.default_rng([12, CAMERAS.index(camera), len(name)])
    frames, coordinates = [], []
    height, width = x.shape
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    for k in range(MOVING_FRAMES):
        turn, right, down = 0.0004 * k, 1.37 * k, 0.61 * k
        moved_x = x + right + turn * (rows - height / 2)
        moved_y = y + down - turn * (columns - width / 2)
        frames.append(shot(_view(name, moved_x, moved_y), camera, rng))
        # what the view's pixel shows stands, in this frame, where the camera left it
        wave = 0.1 * np.sin(columns / 57 + k) * np.cos(rows / 43 - k)
        back_x = columns - right - turn * (rows - height / 2)
        back_y = rows - down + turn * (columns - width / 2)
        coordinates.append(np.stack([back_x + wave, back_y - wave], axis=2))
    clean = _view(name, x, y)
    fresh = [shot(clean, camera, rng) for _ in range(FRESH_FRAMES)]
    return Plate(
        name=f"{name}, {camera}, moving",
        scene=name,
        kind="moving",
        frames=frames,
        coordinates=coordinates,
        judged=fresh,
        under=[shot(clean, camera, None)] * FRESH_FRAMES,
    )


def grass(name: str, camera: str) -> Plate:
    """Bare earth, a third of texture, bare sky; the camera eases out, so smears differ."""
    picture = _meadow(name)
    rng = np.random.default_rng([13, CAMERAS.index(camera), len(name)])
    columns, rows = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
    frames, coordinates = [], []
    for k, at in enumerate(EASING):
        step = at - EASING[max(k - 1, 0)]
        x = columns + at + 8.0
        smeared = [
            _between(picture, x + part * step, rows + 8.0)
            for part in (0, 0.125, 0.25, 0.375, 0.5)
        ]
        frames.append(shot(np.mean(smeared, axis=0, dtype=np.float32), camera, rng))
        wave = 0.1 * np.sin(columns / 57 + k) * np.cos(rows / 43 - k)
        coordinates.append(np.stack([columns - at + wave, rows - wave], axis=2))
    clean = _between(picture, columns + 8.0, rows + 8.0)
    return Plate(
        name=f"{name}, {camera}, grass",
        scene=name,
        kind="grass",
        frames=frames,
        coordinates=coordinates,
        judged=[shot(clean, camera, rng) for _ in range(FRESH_FRAMES)],
        under=[shot(clean, camera, None)] * FRESH_FRAMES,
    )


def _meadow(name: str) -> Image:
    """Return grey earth at .02 to .05, a photograph's texture about .16, sky from .5 on."""
    from seamline.pixels.grain.box import box_mean

    photo = _photo(name)[-HEIGHT - 24 :, : WIDTH + 40]
    fine = np.clip(photo / np.maximum(box_mean(photo, 12), 1e-4), 0.3, 2.5)
    column = np.arange(photo.shape[1], dtype=np.float32)[None, :, None]
    earth, sky = 0.02 + 0.0002 * column, 0.4 + 0.001 * column
    third = photo.shape[1] // 3
    bare = np.where(column < third, earth, sky)
    textured = (column >= third) & (column < 2 * third)
    return np.where(textured, 0.16 * fine, bare).astype(np.float32)


_MADE_BY = {"real": real, "simulated": simulated, "moving": moving, "grass": grass}


def _grid(name: str) -> tuple[Floats, Floats]:
    height, width = _photo(name).shape[:2]
    left, top = (width - WIDTH) * 0.45, max((height - HEIGHT) * 0.6, 8.0)
    top = min(top, height - HEIGHT - 8.0)
    across, down = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
    return across + left, down + top


# -- cameras ------------------------------------------------------------------------------

_CROSSTALK = np.array([[1.5, -0.4, -0.1], [-0.2, 1.4, -0.2], [0.0, -0.5, 1.5]])
"""Sensor to linear light, about as a real sensor's matrix mixes its channels."""


def shot(clean: Image, camera: str, rng: np.random.Generator | None) -> Image:
    """Return (H, W, 3) light as a camera records it; without ``rng``, without noise."""
    if camera == "film":
        return _film(clean, rng)
    if camera == "compressed":
        return _compressed(shot(clean, "sensor", rng))
    gain, read = {
        "sensor": (4e-4, 6e-4),
        "fast sensor": (2e-3, 2e-3),
        "oversampled": (8e-4, 1e-3),
    }[camera]
    light = clean.astype(np.float64) @ np.linalg.inv(_CROSSTALK).T
    if rng is not None:
        noisy = np.maximum(light, 0)
        light = light + (rng.poisson(noisy / gain) * gain - noisy)
        light += read * rng.standard_normal(light.shape)
    planes = [_filled(light[..., c], _BAYER[c]) for c in range(3)]
    rgb = np.stack(planes, axis=2) @ _CROSSTALK.T
    if camera == "oversampled":
        from seamline.pixels.grain.box import smoothed

        rgb = smoothed(rgb)
    return rgb.astype(np.float32)


_BAYER = {0: ((0, 0),), 1: ((0, 1), (1, 0)), 2: ((1, 1),)}
_TENT = np.array([1.0, 2.0, 1.0]) / 2


def _filled(plane: Floats, at: tuple[tuple[int, int], ...]) -> Floats:
    """Bilinear demosaic of one colour."""
    known = np.zeros_like(plane)
    for row, column in at:
        known[row::2, column::2] = 1
    values, weight = (_tent(v) for v in (plane * known, known))
    return np.where(known > 0, plane, values / weight)


def _tent(plane: Floats) -> Floats:
    wide = np.pad(plane, 1, mode="reflect")
    rows = sum(w * wide[k : k + plane.shape[0]] for k, w in enumerate(_TENT))
    return np.asarray(sum(w * rows[:, k : k + plane.shape[1]] for k, w in enumerate(_TENT)))


def _compressed(light: Image) -> Image:
    """Return what a JPEG keeps of light; codes end at 1, as its camera's do."""
    from io import BytesIO

    from PIL import Image as Pillow

    held = np.clip(light.astype(np.float64), 0, 1)
    coded = np.where(held <= 0.0031308, held * 12.92, 1.055 * held ** (1 / 2.4) - 0.055)
    file = BytesIO()
    picture = Pillow.fromarray((coded * 255 + 0.5).astype(np.uint8))
    picture.save(file, "JPEG", quality=QUALITY, subsampling="4:2:0")
    return _decoded(np.asarray(Pillow.open(file), np.float32) / 255)


def _film(clean: Image, rng: np.random.Generator | None) -> Image:
    """Grain in density, coarse, skewed, shared by the channels in part; scanned to linear."""
    light = clean.astype(np.float64)
    if rng is None:
        # grain in density brightens the mean: what the scan of endless film would be
        return (light * _film_mean()).astype(np.float32)
    common = _coarse(rng.standard_normal(light.shape[:2]))
    field = np.stack(
        [
            0.5 * common + 0.866 * _coarse(rng.standard_normal(light.shape[:2]), wide=c == 2)
            for c in range(3)
        ],
        axis=2,
    )
    scan = _SCANNER * rng.standard_normal(light.shape)
    return (light * np.exp(_FILM * field) * (1 + scan)).astype(np.float32)


_FILM = 0.12
"""Sigma of the grain, natural logarithm of light."""
_SCANNER = 0.01


def _film_mean() -> float:
    return float(np.exp(_FILM**2 / 2))


def _coarse(plane: Floats, *, wide: bool = False) -> Floats:
    from seamline.pixels.grain.box import smoothed

    spread = plane
    for _ in range(3 if wide else 1):
        spread = smoothed(spread)
    kernel = np.zeros((33, 33))
    kernel[16, 16] = 1
    for _ in range(3 if wide else 1):
        kernel = smoothed(kernel)
    return np.asarray(spread / np.sqrt((kernel**2).sum()))
