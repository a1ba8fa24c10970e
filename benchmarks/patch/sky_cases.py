"""
Cases of a replaced sky: the plate's matte, its lock, and skies brought to its own light.

A sky stands behind the plate as the product comps it: a soft matte (``mattes``), the live
foreground's own colour, in scene-linear light. The lock's key stands where the plate's own
light comes from: in the picture over the hills, which are lit from behind; out of it over
lake, dunes and wren. Skies are panoramas of like light. Plates, views and references are
frozen; a matte, a veil or a line is drawn closer where strangers saw its rim.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from patch import material, mattes
from patch.case import Case, Floats, Mask, canvas_of, view_of
from patch.material import View, tuned
from patch.skies import BEHIND, SKIES, Sky
from seamline.generators.patch.skyline import find_skyline
from seamline.generators.patch.sunward import sun_angle_deg
from seamline.pixels.matte import grown, polygon_coverage
from seamline.ports import CanvasPicture, ReferencePicture
from seamline.show.reference import Reference
from seamline.steps import palette
from seamline.steps.lighting import Gain, Lit

LOWEST_SKY_DEG = 10.0
"""Above it most panoramas show nothing but sky."""
NEED_ROOM_PX = 16
"""As ``canvas`` lays it out beyond a matte where the seam parts different things."""
REACH_PX = 24
"""How far above a skyline masts may stand."""


def sky_case(name: str, scale: float) -> Case:
    """Return the case of a plate whose sky is replaced."""
    about = SKIES[name]
    view = view_of(about.source, scale, about.pan_deg, about.tilt_deg)
    shape = view.colour.shape[:2]
    line = _skyline(about, view.colour)
    matte = _matte(about, view, line)
    above = matte < 0.5
    need = grown((matte < 1).astype(np.float32), NEED_ROOM_PX) > 0
    canvas = canvas_of(view, view.colour, np.zeros(shape, bool), need)
    key = about.key_deg or material.key_deg(about.source)
    # under an overhang sky is seen below the line that a column has
    deepest = np.where(matte < 1, np.arange(shape[0])[:, None], 0).max(axis=0)
    drawn = np.maximum(line, deepest).astype(np.float32)
    canvas = replace(canvas, key_deg=key, skyline=drawn)
    used = [material.approved(source) for source in about.skies]
    gains = _as_bright_as(view, above, canvas, used)
    return Case(
        task="sky", name=name, canvas=canvas, references=_laid_out(used, canvas, gains),
        judged=above, plate=view.colour, truth=False,
        tuned=tuned("sky", name) or (tuned("sky", about.source) and not name.endswith(BEHIND)),
        sun=_seen_at(canvas, above), key_deg=key, gains=gains, matte=matte,
        veil=_veil(about, shape), soft_px=about.soft * shape[1],
    )  # fmt: skip


def _matte(about: Sky, view: View, line: NDArray[np.int64]) -> Floats:
    height, width = view.colour.shape[:2]

    def drawn(shares: tuple[tuple[float, float], ...]) -> Mask | None:
        corners = [(x * width, y * height) for x, y in shares]
        return polygon_coverage(corners, width=width, height=height) > 0 if corners else None

    found = mattes.foreground(
        material.light(view.colour), view.colour, line, about.rim_px, REACH_PX,
        plain=about.plain, solid=drawn(about.solid), blown=drawn(about.blown),
        bare=drawn(about.bare),
    )  # fmt: skip
    if about.flare is None:
        return found
    x, y, surely, most = about.flare
    return mattes.without_flare(
        found, material.light(view.colour), (x * width, y * height),
        (surely * width, most * width),
    )  # fmt: skip


def _veil(about: Sky, shape: tuple[int, ...]) -> Floats | None:
    """Return (H, W) how much of each pixel lies in what was drawn around blown sand."""
    height, width = shape
    corners = [(x * width, y * height) for x, y in about.blown]
    return polygon_coverage(corners, width=width, height=height) if corners else None


def _laid_out(
    used: list[Reference], canvas: CanvasPicture, gains: dict[str, Gain]
) -> list[ReferencePicture]:
    lit = Lit(gains=gains, mirrored=frozenset(), held=frozenset(), view_deg=None)
    return palette.views_for(material.studio(), used, {}, canvas, lit, material.ENCODING)


def _as_bright_as(
    view: View, above: Mask, canvas: CanvasPicture, used: list[Reference]
) -> dict[str, Gain]:
    """
    Return the gains that bring each sky, as it is set first, to the plate's own light.

    No panorama says at which exposure it was taken. An artist holds its sky beside the
    plate's and says so in the reference's light; this is that comparison. Around a sun that
    is seen, its colour is told too; a blue sky and a cloud say nothing of their suns.
    """
    pairs: dict[str, list[tuple[Floats, Floats]]] = {}
    for picture in _laid_out(used, canvas, {}):
        if picture.dome is None:
            continue
        assert picture.elevation_deg is not None
        (top, left), (height, width) = picture.dome.at, picture.usable.shape
        box = np.s_[top : top + height, left : left + width]
        both = above[box] & picture.usable & (picture.elevation_deg > LOWEST_SKY_DEG)
        both &= ~_darker(picture.colour)
        pairs.setdefault(picture.id, []).append((view.colour[box][both], picture.colour[both]))
    found: dict[str, Gain] = {}
    for name, seen in pairs.items():
        own, other = (
            np.median(material.light(np.concatenate(part)[None])[0], axis=0).astype(np.float64)
            for part in zip(*seen, strict=True)
        )
        if _seen_at(canvas, above) is None:
            own, other = (np.full(3, v.mean()) for v in (own, other))
        r, g, b = own / other
        found[name] = float(r), float(g), float(b)
    return found


def _darker(coded: Floats) -> Mask:
    """Return (H, W) where a panorama shows no sky, surely: half a stop under its median."""
    grey = coded.mean(axis=-1)
    return np.asarray(grey < np.median(grey) - 0.5 / 17.52)


def _seen_at(canvas: CanvasPicture, above: Mask) -> tuple[int, int] | None:
    """Return row and column of the locked key where it stands in the picture's sky."""
    assert canvas.key_deg is not None
    apart = sun_angle_deg(canvas.elevation_deg, canvas.azimuth_deg, canvas.key_deg)
    row, column = np.unravel_index(int(apart.argmin()), apart.shape)
    seen = float(apart[row, column]) * canvas.px_per_deg <= 1 and above[row, column]
    return (int(row), int(column)) if seen else None


def _skyline(about: Sky, colour: Floats) -> NDArray[np.int64]:
    height, width = colour.shape[:2]
    if about.line:
        x, y = np.array(about.line).T
        at = np.interp((np.arange(width) + 0.5) / width, x, y) * height
        return np.asarray(np.round(at), np.int64)
    line = find_skyline(colour, np.ones((height, width), np.uint8))
    assert line is not None, about.source
    return np.asarray(line, np.int64)
