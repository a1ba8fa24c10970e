"""
Measure a take by its pictures: grey ball, mirror ball, chart.

A picture is decoded like any other, its colour space known by evidence or refused, and
measured in the working space. Circles and corners are pixels of its display window. Where
the camera looked when it was taken decides what its directions mean in the world.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamline.errors import FormatError, InputError
from seamline.optics.projection import Projection
from seamline.pixels.light import direction_apart_deg, white_xy, xyz_of
from seamline.pixels.light.ball import FEWEST_PX, Ball, surface
from seamline.pixels.light.balls import light_of_chrome, light_of_grey
from seamline.pixels.light.both import light_of_both
from seamline.pixels.light.chart import (
    CORNERS,
    D50,
    light_of_chart,
    patch_colours,
    patches_xyz,
)
from seamline.pixels.light.found import Direction, Found
from seamline.pixels.light.white import temperature_of
from seamline.pixels.picture import Image, Picture
from seamline.ports import Studio
from seamline.show.camera import Lens
from seamline.show.lock import Light
from seamline.show.measured import RANGES, Measured, Number
from seamline.steps.lighting import XYZ_SPACE

Floats = NDArray[np.float64]
SEEN_SHARE = 0.7
"""So much of a ball's circle must lie in the picture."""
AROUND_PX = 3
FEWEST_SEEN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """The lens and the (3, 3) ``world_from_camera`` that balls were photographed with."""

    lens: Lens
    world_from_camera: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class BallPicture:
    """A picture of a ball, and the circle around it: x, y, radius in display pixels."""

    path: str
    circle: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartPicture:
    """A picture of a 24-patch chart, and the middles of its corner patches."""

    path: str
    corners: tuple[tuple[float, float], ...]


def measure_balls(
    studio: Studio,
    camera: Camera,
    *,
    grey: BallPicture | None = None,
    chrome: BallPicture | None = None,
    colourspace: str | None = None,
    reflectance: float = 0.18,
    locked: Light | None = None,
) -> tuple[Measured, str]:
    """
    Return what balls say of the light, and a sentence about how it was told.

    That there is no clear key is not said where the ``locked`` one would stand behind the
    balls, where they show nothing.

    Raises:
        FormatError, ColourError: A file is no picture, or of unknown colour.
        InputError: A circle is too small, or lies outside its picture.
    """
    if not 0 < reflectance <= 1:
        raise InputError(
            f"the grey ball's reflectance is {reflectance:g}, expected above 0 and at most 1",
            remedy="An 18 % grey ball has 0.18.",
        )
    crops = [
        _ball(studio, camera, picture, colourspace) if picture else None
        for picture in (grey, chrome)
    ]
    if crops[0] and crops[1]:
        found = light_of_both(crops[0], crops[1], reflectance=reflectance)
    elif crops[0]:
        found = light_of_grey(*crops[0], reflectance=reflectance)
    else:
        assert crops[1]
        found = light_of_chrome(*crops[1])
    files = " and ".join(dict.fromkeys(_file(p.path) for p in (grey, chrome) if p))
    none = found.none and not (locked and _stands_hidden(found.hidden, locked))
    return _of_balls(studio, found, none, files), f"{files}: {_words(found, none)}"


def _stands_hidden(cone: Direction, locked: Light) -> bool:
    behind = Light(key_azimuth_deg=cone.azimuth_deg, key_elevation_deg=cone.elevation_deg)
    apart = direction_apart_deg(behind, locked)
    return apart is not None and apart <= cone.within_deg


def _of_balls(studio: Studio, found: Found, none: bool, by: str) -> Measured:
    numbers: dict[str, Number] = {}
    if found.key is not None:
        numbers["key_azimuth_deg"] = Number(value=found.key.azimuth_deg, by=by)
        numbers["key_elevation_deg"] = Number(value=found.key.elevation_deg, by=by)
        numbers["key_within_deg"] = Number(value=min(found.key.within_deg, 180.0), by=by)
    ratio = found.key_fill
    if ratio is not None:
        numbers["key_fill_ratio"] = Number(
            value=min(ratio.value, RANGES["key_fill_ratio"][1]),
            low=ratio.low,
            high=ratio.high,
            by=by,
        )
    numbers |= white_numbers(studio, found.white, found.white_spread, by)
    if found.level is not None and found.level.value > 0:
        low, value, high = (
            math.log2(max(v, 1e-9) / 0.18)
            for v in (found.level.low, found.level.value, found.level.high)
        )
        numbers["exposure_stops"] = Number(value=value, low=low, high=high, by=by)
    # A share that may or may not be a key's says neither.
    clear = True if found.key is not None else False if none else None
    return Measured(numbers=numbers, clear_key=clear)


def _words(found: Found, none: bool) -> str:
    if found.key is None:
        return f"{'no clear key' if none else 'no clear key to be seen'}: {found.why}"
    return (
        f"key at azimuth {found.key.azimuth_deg:.1f}, elevation {found.key.elevation_deg:.1f} "
        f"within {found.key.within_deg:.1f} deg, {found.share.value:.0%} of the light; "
        f"{found.why}"
    )


def white_numbers(
    studio: Studio, white: tuple[float, float, float], spread: float, by: str
) -> dict[str, Number]:
    """Return colour temperature and tint of a working-space ``white``; none off the locus."""
    middle = _temperature(studio, white)
    if middle is None:
        return {}
    red, _, blue = white
    up, down = math.exp(spread), math.exp(-spread)
    others = [
        found
        for r, b in ((up, down), (down, up), (up, up), (down, down))
        if (found := _temperature(studio, (red * r, 1.0, blue * b))) is not None
    ]
    kelvins, tints = zip(*[middle, *others], strict=True)
    return {
        "colour_temperature_k": Number(
            value=middle[0], low=min(kelvins), high=max(kelvins), by=by
        ),
        "tint": Number(value=middle[1], low=min(tints), high=max(tints), by=by),
    }


def _temperature(
    studio: Studio, white: tuple[float, float, float]
) -> tuple[float, float] | None:
    rgb = np.array(white, np.float32).reshape(1, 1, 3)
    xyz = studio.colour.convert(rgb, studio.colour.working_space, XYZ_SPACE)[0, 0]
    total = float(xyz.sum())
    if not math.isfinite(total) or total <= 0:
        return None
    found = temperature_of((float(xyz[0]) / total, float(xyz[1]) / total))
    low, high = RANGES["tint"]
    return found if found is not None and low <= found[1] <= high else None


def measure_chart(
    studio: Studio, chart: ChartPicture, *, colourspace: str | None = None
) -> tuple[Measured, str]:
    """
    Return what a chart says of exposure and white, and a sentence about it.

    Raises:
        FormatError, ColourError: The file is no picture, or of unknown colour.
        InputError: There is no such chart between the corners.
    """
    picture, rgb = _linear(studio, chart.path, colourspace)
    corner = _corner(picture)
    colours = patch_colours(rgb, np.array(chart.corners) - corner)
    found = light_of_chart(colours, chart_reference(studio))
    file = _file(chart.path)
    if found is None or not found.looks_right:
        raise InputError(
            f"{file}: between these corners is no chart of 24 patches"
            + (f"; patches lie {found.residual_stops:.2f} stops from it" if found else ""),
            remedy=f"Give the middles of {', '.join(CORNERS)}, in that order.",
        )
    numbers = white_numbers(studio, found.white, found.white_spread, file)
    stops = found.exposure_stops
    numbers["exposure_stops"] = Number(
        value=stops.value, low=stops.low, high=stops.high, by=file
    )
    uneven = (
        f", {found.uneven_stops:.2f} stops uneven across it" if found.uneven_stops > 0.1 else ""
    )
    return Measured(numbers=numbers), (
        f"{file}: exposure {stops.value:+.2f} stops; patches lie {found.residual_stops:.2f} "
        f"stops from the chart's{uneven}"
    )


def chart_reference(studio: Studio) -> Floats:
    """
    Return (24, 3) working-space colours of the chart under a light of (1, 1, 1).

    The chart's white is moved to the working space's by the ratio of the two (von Kries in
    working-space primaries), as light is everywhere here.
    """
    xyz = np.concatenate([patches_xyz(), np.array([D50])])[None].astype(np.float32)
    rgb = studio.colour.convert(xyz, XYZ_SPACE, studio.colour.working_space)[0]
    found: Floats = rgb[:-1].astype(np.float64) / rgb[-1]
    return found


def illuminant(studio: Studio, temperature_k: float, tint: float = 0.0) -> Floats:
    """Return (3,) the working-space colour of a light, green 1."""
    xyz = xyz_of(white_xy(temperature_k, tint))
    rgb = studio.colour.convert(xyz, XYZ_SPACE, studio.colour.working_space)[0, 0]
    found: Floats = rgb.astype(np.float64) / rgb[1]
    return found


def _ball(
    studio: Studio, camera: Camera, said: BallPicture, colourspace: str | None
) -> tuple[Image, Ball]:
    picture, rgb = _linear(studio, said.path, colourspace)
    x, y, radius = said.circle
    if not radius >= FEWEST_PX:
        raise InputError(
            f"{_file(said.path)}: the ball's radius is {radius:g} px, at least {FEWEST_PX:g} "
            "are needed",
            remedy="Photograph it nearer, or larger in the frame.",
        )
    corner = _corner(picture)
    height, width = rgb.shape[:2]
    frame = (0, 0, *picture.display_window[2:])
    left, top = (max(int(v - radius) - AROUND_PX, 0) for v in (x - corner[0], y - corner[1]))
    right = min(int(x - corner[0] + radius) + AROUND_PX + 1, width)
    bottom = min(int(y - corner[1] + radius) + AROUND_PX + 1, height)
    inside = max(right - left, 0) * max(bottom - top, 0)
    if inside < SEEN_SHARE * (2 * radius) ** 2:
        raise InputError(
            f"{_file(said.path)}: the circle {x:g},{y:g},{radius:g} does not lie in its "
            f"{width}x{height} pixels",
            remedy="Give X,Y,RADIUS in pixels from the top left of the frame.",
        )
    ball = Ball(
        centre_px=(x, y),
        radius_px=radius,
        pinhole=Projection.of(camera.lens, frame, pixel_aspect=picture.pixel_aspect),
        world_from_camera=camera.world_from_camera,
        corner_px=(corner[0] + left, corner[1] + top),
    )
    crop = rgb[top:bottom, left:right]
    seen = surface(crop, ball).rgb
    if len(seen) < FEWEST_SEEN or not float(seen.mean()) > 0:
        raise InputError(
            f"{_file(said.path)}: the circle {x:g},{y:g},{radius:g} holds no light to measure",
            remedy="Check the picture, and where the ball is in it.",
        )
    return crop, ball


def _corner(picture: Picture) -> Floats:
    """Return (2,) where the stored pixels begin, from the frame's top left."""
    x, y, _, _ = picture.data_window
    left, top, _, _ = picture.display_window
    return np.array([x - left, y - top], np.float64)


def _linear(studio: Studio, path: str, colourspace: str | None) -> tuple[Picture, Image]:
    picture = studio.images.read(path)
    evidence = studio.images.evidence(
        path, flag=colourspace, default=studio.settings.defaults.get("plate")
    )
    rgb = picture.rgb(where=path)
    if not rgb.size:
        raise FormatError(f"{path} has no pixels", remedy="Render it again.")
    linear = studio.colour.convert(rgb, evidence.colourspace, studio.colour.working_space)
    return picture, linear


def _file(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]
