"""
What comes from outside a show: plates, mattes, tracks, locks and references.

All written and read by OpenImageIO alone, so that no file here has passed through
the code that is tested. Frames are small (some 96 x 64 pixels); values are the
ones that break pictures: below black, far above white, NaN with its payload, Inf.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

Planes = dict[str, NDArray[Any]]
Window = tuple[int, int, int, int]

AP1 = (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)  # AMPAS S-2014-004
AP0 = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)  # SMPTE ST 2065-1
LOGC3 = "ARRI LogC3 (EI800)"
HALF_MAX = 65504.0

# Inf of both signs, a quiet and a signalling NaN with payloads, denormals, minus zero,
# the largest half, a value below black: as stored.
HARD_HALF = (0x7C00, 0xFC00, 0x7E01, 0x7C02, 0x0001, 0x83FF, 0x8000, 0x7BFF, 0xB800)
HARD_FLOAT = (
    0x7F800000,
    0xFF800000,
    0x7FC12345,
    0x7F800001,
    0x00000001,
    0x807FFFFF,
    0x80000000,
    0x477FE000,
    0xBF000000,
)
# What a camera's file carries; names and types as OpenImageIO writes them to EXR.
HEADER: Mapping[str, tuple[str, Any]] = {
    "cameraModel": ("string", "ALEXA 35"),
    "lensModel": ("string", "Signature Prime 35"),
    "reelName": ("string", "A001C003"),
    "FocalLength": ("float", 35.0),
    "interim:slate": ("string", "042_0110_A_T3"),
}
TIMECODE = (0x01020304, 0)  # 01:02:03:04, SMPTE ST 12-1


def bits(plane: NDArray[Any]) -> NDArray[Any]:
    """Return a float plane as the unsigned integers that are stored."""
    code = {2: np.uint16, 4: np.uint32}[plane.dtype.itemsize]
    return np.ascontiguousarray(plane).view(code)


# -- files ------------------------------------------------------------------


def write(
    path: Path,
    planes: Mapping[str, NDArray[Any]],
    *,
    origin: tuple[int, int] = (0, 0),
    display: Window | None = None,
    attributes: Mapping[str, tuple[str, Any]] | None = None,
    primaries: Sequence[float] | None = None,
) -> Path:
    """Write ``planes`` (all of one type) as one file; ``origin`` is the data window's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = list(planes)
    height, width = planes[names[0]].shape
    kind = {"float16": "half", "float32": "float", "uint8": "uint8", "uint16": "uint16"}
    spec = oiio.ImageSpec(width, height, len(names), kind[planes[names[0]].dtype.name])
    spec.channelnames = tuple(names)
    spec.x, spec.y = origin
    spec.full_x, spec.full_y, spec.full_width, spec.full_height = display or (
        *origin,
        width,
        height,
    )
    for name, (described, value) in (attributes or {}).items():
        spec.attribute(name, oiio.TypeDesc(described), value)
    if primaries is not None:
        spec.attribute("chromaticities", oiio.TypeDesc("float[8]"), tuple(primaries))
    if path.suffix == ".exr":
        # An ACES container is uncompressed (SMPTE ST 2065-4).
        aces = "acesImageContainerFlag" in (attributes or {})
        spec.attribute("compression", "none" if aces else "zip")
    output = oiio.ImageOutput.create(str(path))
    assert output is not None, oiio.geterror()
    assert output.open(str(path), spec), output.geterror()
    assert output.write_image(np.stack([planes[n] for n in names], axis=-1)), output.geterror()
    assert output.close()
    return path


def read(path: Path) -> tuple[Planes, Any]:
    """Return the planes as stored, and the header (an OpenImageIO ImageSpec)."""
    source = oiio.ImageInput.open(str(path))
    assert source is not None, f"{path}: {oiio.geterror()}"
    spec = source.spec()
    planes = {}
    for index, name in enumerate(spec.channelnames):
        kind = str(spec.channelformat(index))
        pixels = source.read_image(0, 0, index, index + 1, kind)
        assert pixels is not None, f"{path}: {source.geterror()}"
        planes[name] = np.ascontiguousarray(pixels[..., 0])
    source.close()
    return planes, spec


def windows(spec: Any) -> tuple[Window, Window]:
    """Return data and display window of a header."""
    data = (spec.x, spec.y, spec.width, spec.height)
    return data, (spec.full_x, spec.full_y, spec.full_width, spec.full_height)


def frames_in(folder: str | Path) -> list[Path]:
    """Return the frames of a published sequence, in order."""
    return sorted(Path(folder).glob("*.exr"))


# -- what must not have changed ----------------------------------------------


def assert_live_is_the_plate(
    comps: Sequence[Path], plates: Sequence[Path], live: NDArray[np.bool_]
) -> None:
    """Compare what is stored, as integers: R, G, B where live, everything else everywhere."""
    assert len(comps) == len(plates) > 0
    assert live.any()
    for comp, plate in zip(comps, plates, strict=True):
        made, made_header = read(comp)
        shot, shot_header = read(plate)
        assert windows(made_header) == windows(shot_header)
        assert made.keys() == shot.keys()
        for name, plane in shot.items():
            assert made[name].dtype == plane.dtype
            same = bits(made[name]) == bits(plane)
            assert same[live].all(), f"{comp.name}, {name}: {int((~same[live]).sum())} pixels"
            if name not in "RGB":
                assert same.all()


def outside_box(height: int, width: int, box: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    live = np.ones((height, width), bool)
    x, y, w, h = box
    live[y : y + h, x : x + w] = False
    return live


# -- plates -----------------------------------------------------------------


def meadow(width: int, height: int, *, turn: int = 0) -> NDArray[np.float64]:
    """Return (H, W, 3): a pale sky over dark, uneven grass; ``turn`` gives another frame."""
    rng = np.random.default_rng([1012, turn])
    y = np.linspace(0, 1, height)[:, None, None]
    sky = np.array([0.35, 0.5, 0.8]) * (1.4 - y)
    grass = np.array([0.09, 0.12, 0.04]) * rng.uniform(0.5, 1.6, (height, width, 1))
    picture = np.where(y < 0.55, sky + np.zeros((height, width, 3)), grass)
    return np.asarray(picture + rng.normal(0, 0.004, picture.shape))


def logc3(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return LogC3 code values of scene-linear light, EI 800 (ARRI, ALEXA LogC Curve, 2017)."""
    cut, a, b, c, d, e, f = 0.010591, 5.555556, 0.052272, 0.247190, 0.385537, 5.367655, 0.092809
    log = c * np.log10(a * np.maximum(linear, cut) + b) + d
    return np.asarray(np.where(linear > cut, log, e * linear + f))


def matte_plane(width: int, height: int) -> NDArray[np.float32]:
    """Return (H, W): live below, generated above, a soft edge of six rows between."""
    rows = np.clip((np.arange(height) - 0.45 * height) / 6, 0, 1)
    return np.repeat(rows[:, None], width, axis=1).astype(np.float32)


def plant(plane: NDArray[Any], live: NDArray[np.bool_], turn: int = 0) -> None:
    """Put the hard values where the plate is live, one after the other, everywhere apart."""
    hard = HARD_HALF if plane.dtype == np.float16 else HARD_FLOAT
    spots = np.flatnonzero(live.ravel())[turn::7]
    code = bits(plane).ravel()
    code[spots] = np.resize(np.array(hard, code.dtype), spots.size)
    plane[...] = code.view(plane.dtype).reshape(plane.shape)


# -- cameras and papers -----------------------------------------------------


def track(
    path: Path, frames: Sequence[int], *, pan_per_frame_deg: float = 0.4, sensor: float = 24.89
) -> Path:
    """Write an OpenTrackIO stream: 35 mm, 1.6 m high, panning; ``sensor`` is its width, mm."""
    lines = []
    for n, _ in enumerate(frames):
        sample = {
            "protocol": {"name": "OpenTrackIO", "version": [1, 0, 1]},
            "static": {
                "camera": {
                    "activeSensorPhysicalDimensions": {"width": sensor, "height": 14.0},
                    "captureFrameRate": {"num": 24, "denom": 1},
                    "shutterAngle": 180.0,
                }
            },
            "timing": {"sampleRate": {"num": 24, "denom": 1}},
            "lens": {"pinholeFocalLength": 35.0},
            "transforms": [
                {
                    "id": "Camera",
                    "translation": {"x": 0.0, "y": 0.0, "z": 1.6},
                    "rotation": {"pan": n * pan_per_frame_deg, "tilt": 1.0, "roll": 0.0},
                }
            ],
        }
        lines.append(json.dumps(sample) + "\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines))
    return path


LOCK = """\
[camera]
height_m = 1.6
tilt_deg = 1.0

[lens]
focal_length_mm = 35.0
sensor_width_mm = 24.89
sensor_height_mm = 14.0

[light]
key_elevation_deg = 45.0
colour_temperature_k = 5600.0
exposure_stops = 0.0
"""


def ridge(width: int = 512, height: int = 320, *, seed: int = 7) -> NDArray[np.uint8]:
    """Return (H, W, 3) 8-bit: a photograph's stand-in, sky over a textured mountain range."""
    rng = np.random.default_rng(seed)
    x = np.arange(width)
    line = 0.45 * height + sum(
        height * 0.16 / k * np.sin(2 * math.pi * (k * x / width + rng.uniform()))
        for k in (1, 2, 3, 5, 8)
    )
    y = np.arange(height)[:, None]
    haze = np.linspace(0, 1, height)[:, None, None]
    sky = np.array([120.0, 160.0, 215.0]) + haze * 60
    rough = rng.normal(0, 1, (height // 4 + 1, width // 4 + 1))
    rough = np.kron(rough, np.ones((4, 4)))[:height, :width] + rng.normal(
        0, 0.6, (height, width)
    )
    rock = np.array([95.0, 100.0, 105.0]) + rough[..., None] * 16 + haze * 25
    picture = np.where((y < line)[..., None], sky, rock) + rng.normal(
        0, 1.5, (height, width, 1)
    )
    return np.clip(picture, 2, 250).astype(np.uint8)


def photograph(path: Path, pixels: NDArray[np.uint8]) -> Path:
    """Write an 8-bit picture file."""
    return write(path, {n: pixels[..., i] for i, n in enumerate("RGB")})
