"""
The material: photographs and panoramas beside the project, as plates and as references.

``TUNED`` names what settings were ever looked at with; every other picture is judged
unseen. Photographs come without a lens, most as JPEG: ``hfov_deg`` and ``horizon`` (share of
the height of the crop) were read off the pictures.
"""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline import wiring
from seamline.optics.canvas_pixels import elevation_azimuth_deg, frame_guides
from seamline.optics.projection import Pinhole, frame_directions, turn
from seamline.optics.reproject import sample, sphere_coordinates
from seamline.optics.rotation import from_pan_tilt_roll
from seamline.pixels.picture import Picture
from seamline.pixels.resample import resized
from seamline.pixels.sun import find_sun
from seamline.ports import ReferencePicture, Studio
from seamline.show.card import Card
from seamline.show.lock import Light
from seamline.show.reference import Reference
from seamline.steps.cards import Wanted, approve, propose

Floats = NDArray[np.float32]
SHARED = Path(__file__).parents[3] / "shared"
LINES = Path(__file__).parent / "lines"
"""What an artist drew over a photograph, so that it can be taken apart into cards."""
ENCODING = "ACEScct"
LARGEST = np.float32(65504)
WRAP_PX = 4
PHOTO_PX = 2000
"""Photographs are taken in at this width: twice the plates, as a show would have them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photograph: its file under ``shared``, a 16:9 crop, and where its horizon lies."""

    file: str
    top: float = 0.0
    """First row of the crop, as a share of the width."""
    horizon: float
    hfov_deg: float = 50.0
    space: str = "sRGB - Texture"


PHOTOS = {
    "lake": Photo(file="data/lookdev_photos/lake-sherburne.jpg", horizon=0.745),
    "dunes": Photo(file="data/lookdev_photos/extreme-desert-hike.jpg", top=0.104, horizon=0.86),
    "rooftops": Photo(file="data/lookdev_photos/beacon-street-sunset.jpg", horizon=0.6),
    "harbour": Photo(file="data/lookdev_photos/singaporean-cityscape.jpg", horizon=0.575),
    "larches": Photo(
        file="data/lookdev_photos/aitzgorri_by_Aitzol_Berasategi.jpg", top=0.03, horizon=0.72
    ),
    "ridges": Photo(
        file="data/lookdev_photos/sunset_by_Aitzol_Berasategi.jpg", top=0.05, horizon=0.5
    ),
    "stream": Photo(file="demo_show/references/life_by_Aitzol_Berasategi.jpg", horizon=0.3),
    "dandelions": Photo(
        file="demo_show/references/seeding_by_Clements_Engelhardt.jpg", horizon=0.3
    ),
    "wren": Photo(file="data/lookdev_photos/canyon-wren.jpg", horizon=0.8),
    "strait": Photo(
        file="data/exr_plates/GoldenGate.exr", horizon=0.52, space="Linear Rec.709 (sRGB)"
    ),
    "tamalpais": Photo(
        file="data/exr_plates/MtTamWest.exr", horizon=0.35, space="Linear Rec.709 (sRGB)"
    ),
}
PANORAMAS = {
    "spruit": "data/hdri/spruit_sunrise_4k.exr",
    "noon": "data/hdri/noon_grass_1k.hdr",
    "hilly": "data/hdri/hilly_terrain_01_1k.hdr",
    "moonlit": "data/hdri/narrow_moonlit_road_1k.hdr",
    "puresky": "data/hdri/aristea_wreck_puresky_1k.hdr",
    "garden": "data/hdri/chinese_garden_1k.hdr",
    "rainforest": "data/hdri/rainforest_trail_1k.hdr",
    "wood": "data/hdri_blender/forest.exr",
    "building_site": "data/hdri_blender/city.exr",
    "quay": "data/hdri_blender/sunset.exr",
    "prairie": "data/hdri_blender/night.exr",
    "meadow": "data/hdri_blender/sunrise.exr",
    "cellar": "data/hdri/drachenfels_cellar_1k.hdr",
    "market": "data/hdri/leadenhall_market_1k.hdr",
    "kerner": "data/exr_plates/KernerEnvLatLong.exr",
}
TUNED = frozenset(
    {"lake", "larches", "ridges", "spruit", "noon", "hilly", "moonlit", "puresky", "garden"}
)
"""Looked at while settings were chosen; the demo show is made of larches and ridges."""
TUNED_FOR = {
    "sky": frozenset({"quay", "building_site", "dunes", "wren", "tamalpais", "hilly_behind"}),
    "whole": frozenset({"harbour", "dunes"}),
    "extension": frozenset(
        {
            "prairie",
            "quay",
            "building_site",
            "dunes",
            "harbour",
            "wren",
            "rainforest",
            "meadow",
            "cellar",
        }
    ),
    "hole": frozenset({"quay", "prairie", "meadow"}),
}
"""Besides, looked at for one task alone."""


def tuned(task: str, name: str) -> bool:
    """Return whether settings of ``task`` were ever looked at with this plate."""
    return name in TUNED or name in TUNED_FOR.get(task, frozenset())


def require() -> None:
    """Raise SystemExit with one sentence where the material is not there."""
    if not (SHARED / "data" / "hdri").is_dir():
        raise SystemExit(
            f"Error: the patch benchmark's photographs and panoramas are not at {SHARED}"
        )


@cache
def studio() -> Studio:
    """A show of the benchmark's own, in a temporary folder that ends with the process."""
    folder = tempfile.TemporaryDirectory(prefix="seamline-bench-patch-")
    _kept.append(folder)
    root = wiring.new_show(f"{folder.name}/show", "Bench", width=1024, height=576, rate="24")
    return wiring.open_studio(root, threads=1, quiet=True)


_kept: list[Any] = []


def coded(linear: Floats) -> Floats:
    """Return working-space light in the generator's encoding."""
    colour = studio().colour
    return colour.convert(np.ascontiguousarray(linear), colour.working_space, ENCODING)


def light(encoded: Floats) -> Floats:
    """Return encoded pixels as working-space light."""
    colour = studio().colour
    return colour.convert(np.ascontiguousarray(encoded), ENCODING, colour.working_space)


def viewed(encoded: Floats, stops: float = 0.0) -> NDArray[np.uint8]:
    """Return encoded pixels through the show's view, 8 bit, ``stops`` brighter."""
    linear = light(encoded) * np.float32(2.0**stops)
    shown = studio().colour.for_viewing(linear)
    return np.asarray(np.clip(shown, 0, 1) * 255 + 0.5, np.uint8)


def _read(path: Path) -> Floats:
    import OpenImageIO as oiio

    source = oiio.ImageBuf(str(path))
    rgb: Floats = np.asarray(source.get_pixels(oiio.FLOAT), np.float32)[..., :3]
    return np.minimum(np.nan_to_num(rgb, posinf=LARGEST), LARGEST)


@cache
def photo(name: str) -> Floats:
    """Return a photograph's crop, (H, W, 3) working-space light, ``PHOTO_PX`` wide."""
    about = PHOTOS[name]
    colour = studio().colour
    rgb = _read(SHARED / about.file)
    width = rgb.shape[1]
    first = round(about.top * width)
    rgb = rgb[first : first + width * 9 // 16]
    linear = colour.convert(rgb, about.space, colour.working_space)
    return resized(linear, PHOTO_PX * 9 // 16, PHOTO_PX)


@cache
def panorama(name: str) -> Floats:
    """Return a panorama, (H, 2 H, 3) working-space light."""
    colour = studio().colour
    return colour.convert(
        _read(SHARED / PANORAMAS[name]), "Linear Rec.709 (sRGB)", colour.working_space
    )


SEEN_KEYS = {"quay": (144.0, 3.3), "puresky": (134.8, 47.3)}
"""Azimuth and elevation of keys that an artist sees and ``find_sun`` leaves undecided: a sun
in the haze over the sea, and one behind thin clouds."""


def key_deg(name: str) -> tuple[float, float] | None:
    """Return azimuth and elevation of a panorama's key; None without any."""
    sun = find_sun(panorama(name))
    return SEEN_KEYS.get(name) if sun is None else (sun.azimuth_deg, sun.elevation_deg)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """
    What a camera sees: (H, W, 3) encoded, and where each pixel looks.

    ``x`` and ``y`` (H, W) are the pixels of the file it was sampled from.
    """

    colour: Floats
    elevation_deg: Floats
    azimuth_deg: Floats
    px_per_deg: float
    x: Floats
    y: Floats


def lens(width: int, height: int, hfov_deg: float) -> Pinhole:
    """Return the pinhole of a frame."""
    focal = width / 2 / math.tan(math.radians(hfov_deg) / 2)
    return Pinhole(
        focal_x_px=focal, focal_y_px=focal, centre_x_px=width / 2, centre_y_px=height / 2
    )


def photo_view(name: str, width: int) -> View:
    """Return a photograph ``width`` px wide as the view of a level, tilted camera."""
    about = PHOTOS[name]
    height = width * 9 // 16
    colour = coded(resized(photo(name), height, width))
    pinhole = lens(width, height, about.hfov_deg)
    tilt = math.degrees(math.atan2((about.horizon - 0.5) * height, pinhole.focal_y_px))
    elevation, azimuth = frame_guides(
        pinhole, (0, 0, width, height), from_pan_tilt_roll(0.0, tilt)
    )
    rows, columns = np.indices((height, width), dtype=np.float32)
    return View(
        colour=colour, elevation_deg=elevation, azimuth_deg=azimuth,
        px_per_deg=pinhole.focal_x_px * math.pi / 180, x=columns, y=rows,
    )  # fmt: skip


def panorama_view(
    name: str, pan_deg: float, tilt_deg: float, *, width: int, hfov_deg: float
) -> View:
    """Return what a camera that pans and tilts in a panorama sees, 16:9."""
    height = width * 9 // 16
    pinhole = lens(width, height, hfov_deg)
    ahead = frame_directions(pinhole, (0, 0, width, height))
    directions = turn(from_pan_tilt_roll(pan_deg, tilt_deg), ahead)
    rgb = panorama(name)
    wanted = round(pinhole.focal_x_px * 2 * math.pi)
    if wanted < rgb.shape[1]:  # more detail than the frame holds: average it first
        rgb = resized(rgb, wanted // 2, wanted)
    x, y = sphere_coordinates(
        directions,
        longitude_left_rad=-math.pi,
        latitude_top_rad=math.pi / 2,
        px_per_rad=rgb.shape[1] / (2 * math.pi),
    )
    packed = np.concatenate([rgb[:, -WRAP_PX:], rgb, rgb[:, :WRAP_PX]], axis=1)
    seen = sample(packed, x + WRAP_PX, y)
    elevation, azimuth = elevation_azimuth_deg(directions)
    return View(
        colour=coded(seen), elevation_deg=elevation, azimuth_deg=azimuth,
        px_per_deg=pinhole.focal_x_px * math.pi / 180,
        x=x.astype(np.float32), y=y.astype(np.float32),
    )  # fmt: skip


def as_reference(view: View, name: str, look: str) -> ReferencePicture:
    """Return ``view`` as a reference of known height above the horizon."""
    return ReferencePicture(
        id=name,
        look=look,
        colour=view.colour,
        usable=np.isfinite(view.colour).all(axis=-1),
        elevation_deg=view.elevation_deg,
        master_x=view.x,
        master_y=view.y,
    )


@cache
def approved(name: str) -> Reference:
    """Return a photograph or panorama as the show's reference, its master in the blobs."""
    flat = name in PHOTOS
    rgb = photo(name) if flat else panorama(name)
    height, width = rgb.shape[:2]
    window = (0, 0, width, height)
    channels = {n: np.ascontiguousarray(rgb[..., i]) for i, n in enumerate("RGB")}
    channels["A"] = np.ones((height, width), np.float32)
    master = Picture(channels=channels, data_window=window, display_window=window)
    key = None if flat else key_deg(name)
    light = Light()
    if key is not None:
        light = Light(key_azimuth_deg=key[0], key_elevation_deg=key[1])
    return Reference(
        id=name,
        file_name=name,
        file_sha256="0" * 64,
        pixels_digest="0" * 64,
        master_digest=studio().blobs.put_picture(master),
        width_px=width,
        height_px=height,
        kind="photography" if flat else "lighting",
        colourspace="ACEScg",
        evidence="benchmark",
        projection="flat" if flat else "latlong",
        hfov_deg=PHOTOS[name].hfov_deg if flat else 360.0,
        owner="see SOURCES.md",
        licence="see SOURCES.md",
        approved_by="benchmark",
        allow=("paint",),
        light=light,
    )


@cache
def cards(name: str) -> tuple[Card, ...]:
    """Return the approved cards of a photograph that has lines drawn over it; else none."""
    lines = LINES / f"{name}.svg"
    if not lines.is_file():
        return ()
    reference = approved(name)
    wanted = Wanted(
        lines=str(lines), completions=1, mirror=("sky", "far", "forest", "foliage", "ground")
    )
    proposed, _ = propose(studio(), reference, wanted)
    return tuple(approve(studio(), reference, [c.id for c in proposed], by="Benchmark"))
