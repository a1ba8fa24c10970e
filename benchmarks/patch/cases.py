"""
The cases: five tasks, at least four plates each, all laid out as the product lays them out.

=========== ==========================================================================
sky         all of a plate's sky is replaced; references are panoramas, one look each
extension   30 % more picture on one side; the plate hides the truth
whole       a whole frame, range and sky, from the show's references
hole        a hole across the horizon; the plate hides the truth
foliage     a hole in foliage; the plate hides the truth
=========== ==========================================================================

A sky stands behind the plate as the product comps it: a soft matte (``mattes``), the live
foreground's own colour, in scene-linear light. The lock's key stands where the plate's own
light comes from: in the picture over the hills, which are lit from behind; out of it over
lake, dunes and wren. Skies are panoramas of like light. Plates, views and references are
frozen; a matte, a veil or a line is drawn closer where strangers saw its rim.

Where there is truth the plate itself is a reference, as ``paint`` hands it over. A show has
more than one picture of a place: a plate that is a view of a panorama comes with three other
views of it, at the plate's pixels per degree, of which none shows any of the plate's view or
of what is hidden. Photographs have no sibling of like light here: these cases are ``alone``.
The plates called ``_behind`` look the other way from where a plate that settings were looked
at with is seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patch import material, mattes
from patch.material import View, tuned
from patch.skies import BEHIND, SKIES, Sky
from seamline.generators.patch.skyline import find_skyline
from seamline.generators.patch.sunward import sun_angle_deg
from seamline.pixels.matte import grown, polygon_coverage
from seamline.ports import CanvasPicture, ReferencePicture
from seamline.show.reference import Reference
from seamline.steps import palette
from seamline.steps.lighting import Gain, Lit

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
WIDE_PX = 1024
NARROW_PX = 640
"""Plates from panoramas 1024 px around: more would be empty enlargement."""
PANORAMA_HFOV_DEG = 85.0
SPRUIT_HFOV_DEG = 70.0
EXTENDED = 1.3
AS_SHOT = Lit(gains={}, mirrored=frozenset(), held=frozenset(), view_deg=None)
"""Nobody locked a light that whole frames' references would be brought to."""
LOWEST_SKY_DEG = 10.0
"""Above it most panoramas show nothing but sky."""
NEED_ROOM_PX = 16
"""As ``canvas`` lays it out beyond a matte where the seam parts different things."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """
    One thing to be painted.

    Attributes:
        task: ``sky`` ...; plate: what it is called.
        canvas: As the generator is given it.
        references: As the generator is given them.
        judged: (H, W) what is looked at: the fill itself.
        plate: (H, W, 3) encoded; the truth where there is one, else what stands in front.
        truth: Whether ``plate`` shows what is hidden under ``judged``.
        sun: Row, column of the locked key on the canvas, or None.
        gains: By which the light of a reference was multiplied.
        matte: (H, W) of what stands before a sky, as an artist would hand it in.
        veil: (H, W) 1 within what is drawn around sand blown before it.
        tuned: Whether settings were ever looked at with this plate.
        soft_px: By how much a sky is softened behind it, a Gaussian's sigma.
    """

    task: str
    name: str
    canvas: CanvasPicture
    references: list[ReferencePicture]
    judged: Mask
    plate: Floats
    truth: bool
    tuned: bool
    sun: tuple[int, int] | None = None
    key_deg: tuple[float, float] | None = None
    gains: dict[str, Gain] = field(default_factory=dict)
    matte: Floats | None = None
    veil: Floats | None = None
    soft_px: float = 0.0

    @property
    def id(self) -> str:
        """``task-plate``, as files are called."""
        return f"{self.task}-{self.name}"

    @property
    def pictures(self) -> int:
        """How many different references there are; views of one count once."""
        return len({r.id for r in self.references})

    @property
    def alone(self) -> bool:
        """Whether the plate is the only picture to copy from."""
        return self.truth and self.pictures == 1


def make(task: str, name: str, *, scale: float = 1.0) -> Case:
    """Return one case at ``scale`` of its usual size."""
    return CASES[task][name](scale)


# -- canvases -------------------------------------------------------------------------


def _canvas(view: View, known: Floats, keep: Mask, need: Mask) -> CanvasPicture:
    return CanvasPicture(
        known=np.where(keep[..., None], known, np.float32(0)).astype(np.float32),
        keep=keep.astype(np.float32),
        need=need,
        margin=np.zeros(keep.shape, bool),
        elevation_deg=view.elevation_deg,
        azimuth_deg=view.azimuth_deg,
        px_per_deg=view.px_per_deg,
    )


def _view(name: str, scale: float, pan_deg: float = 0.0, tilt_deg: float = 0.0) -> View:
    if name in material.PHOTOS:
        return material.photo_view(name, round(WIDE_PX * scale / 16) * 16)
    fine = name == "spruit"
    return material.panorama_view(
        name, pan_deg, tilt_deg,
        width=round((WIDE_PX if fine else NARROW_PX) * scale / 16) * 16,
        hfov_deg=SPRUIT_HFOV_DEG if fine else PANORAMA_HFOV_DEG,
    )  # fmt: skip


def _one_surface(
    task: str, called: str, hidden: Callable[[int, int], Mask], pan_deg: float,
    tilt_deg: float, scale: float,
) -> Case:  # fmt: skip
    """A case whose plate hides the truth; a panorama gives three views of like light."""
    name = called.removesuffix(BEHIND)
    view = _view(name, scale, pan_deg, tilt_deg)
    fill = hidden(*view.colour.shape[:2])
    canvas = _canvas(view, view.colour, ~fill, fill)
    around = palette.plate_view(canvas, name)
    assert around is not None
    references = [
        material.as_reference(_view(name, scale, pan_deg + turn, tilt_deg), name, name)
        for turn in _elsewhere(name)
    ]
    return Case(
        task=task, name=called, canvas=canvas, references=[*references, around], judged=fill,
        plate=view.colour, truth=True, tuned=called == name and tuned(task, name),
    )  # fmt: skip


def hole(name: str, pan_deg: float, *, scale: float) -> Case:
    """Return a plate of a panorama, seen any way, with a hole in its middle."""
    return _one_surface("hole", name, _box(0.5, 0.5, 0.26, 0.34), pan_deg, 0.0, scale)


def _elsewhere(name: str) -> tuple[float, ...]:
    """Return how far the references are turned from the plate; nothing is shown by both."""
    if name in material.PHOTOS:
        return ()
    hfov = SPRUIT_HFOV_DEG if name == "spruit" else PANORAMA_HFOV_DEG
    first = (hfov + 90.0) / 2
    assert hfov < first, "four views of a panorama have no room beside one another"
    return first, 180.0, 360.0 - first


def views_besides(
    name: str, pan_deg: float, turns_deg: Sequence[float], *, scale: float
) -> list[ReferencePicture]:
    """Return views of a panorama, turned by ``turns_deg`` from ``pan_deg``, as references."""
    return [
        material.as_reference(_view(name, scale, pan_deg + turn), name, name)
        for turn in turns_deg
    ]


def _side(right: bool) -> Callable[[int, int], Mask]:
    def band(height: int, width: int) -> Mask:
        columns = np.broadcast_to(np.arange(width), (height, width))
        kept = round(width / EXTENDED)
        return columns >= kept if right else columns < width - kept

    return band


def _box(x: float, y: float, width: float, height: float) -> Callable[[int, int], Mask]:
    """A rounded hole: middle and size as shares of the frame's width and height."""

    def inside(h: int, w: int) -> Mask:
        rows, columns = np.indices((h, w))
        u = np.abs((columns + 0.5) / w - x) / (width / 2)
        v = np.abs((rows + 0.5) / h - y) / (height / 2)
        return u**4 + v**4 < 1

    return inside


# -- the sky --------------------------------------------------------------------------


REACH_PX = 24
"""How far above a skyline masts may stand."""


def _sky(name: str, scale: float) -> Case:
    about = SKIES[name]
    view = _view(about.source, scale, about.pan_deg, about.tilt_deg)
    shape = view.colour.shape[:2]
    line = _skyline(about, view.colour)
    matte = _matte(about, view, line)
    above = matte < 0.5
    need = grown((matte < 1).astype(np.float32), NEED_ROOM_PX) > 0
    canvas = _canvas(view, view.colour, np.zeros(shape, bool), need)
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


# -- the whole frame ------------------------------------------------------------------


def _whole(name: str, sources: tuple[str, ...], horizon: float, scale: float) -> Case:
    """A whole frame through a lens a third longer than the references'."""
    width = round(WIDE_PX * scale / 16) * 16
    height = width * 9 // 16
    hfov = 60.0 if name in material.PANORAMAS else 38.0
    if name in material.PANORAMAS and name != "spruit":
        width, height = round(NARROW_PX * scale / 16) * 16, round(NARROW_PX * scale / 16) * 9
    pinhole = material.lens(width, height, hfov)
    tilt = math.degrees(math.atan2((horizon - 0.5) * height, pinhole.focal_y_px))
    elevation, azimuth = material.frame_guides(
        pinhole, (0, 0, width, height), material.from_pan_tilt_roll(0.0, tilt)
    )
    nothing = np.zeros((height, width), bool)
    canvas = CanvasPicture(
        known=np.zeros((height, width, 3), np.float32),
        keep=nothing.astype(np.float32),
        need=~nothing,
        margin=nothing,
        elevation_deg=elevation,
        azimuth_deg=azimuth,
        px_per_deg=pinhole.focal_x_px * math.pi / 180,
    )
    used = [material.approved(source) for source in sources]
    cut = {r.id: material.cards(r.id) for r in used}
    references = palette.views_for(
        material.studio(), used, cut, canvas, AS_SHOT, material.ENCODING
    )
    return Case(
        task="whole", name=name, canvas=canvas, references=references, judged=~nothing,
        plate=np.zeros((height, width, 3), np.float32), truth=False,
        tuned=any(tuned("whole", s) for s in sources),
    )  # fmt: skip


# -- which ----------------------------------------------------------------------------

_Maker = partial[Case]


def _hidden(task: str, name: str, hidden: Callable[[int, int], Mask], **view: Any) -> _Maker:
    return partial(
        _one_surface, task, name, hidden, view.get("pan", 0.0), view.get("tilt", 0.0)
    )


def _behind(task: str, names: Sequence[str]) -> dict[str, _Maker]:
    """
    Return the plates behind those called ``names``: as they are, but half a turn around.

    A rule, so that nobody picks a view. The place was seen while settings were looked at,
    in references; what stands in these plates was not judged then.
    """
    found: dict[str, _Maker] = {}
    for name in names:
        _, _, hidden, pan_deg, tilt_deg = CASES[task][name].args
        found[name + BEHIND] = partial(
            _one_surface, task, name + BEHIND, hidden, pan_deg + 180.0, tilt_deg
        )
    return found


CASES: dict[str, dict[str, _Maker]] = {
    "sky": {name: partial(_sky, name) for name in SKIES},
    "extension": {
        "lake": _hidden("extension", "lake", _side(False)),
        "spruit": _hidden("extension", "spruit", _side(True), pan=150.0),
        "dunes": _hidden("extension", "dunes", _side(True)),
        "harbour": _hidden("extension", "harbour", _side(True)),
        "quay": _hidden("extension", "quay", _side(True), pan=60.0),
        "noon": _hidden("extension", "noon", _side(True), pan=90.0),
        "hilly": _hidden("extension", "hilly", _side(False), pan=60.0),
        "prairie": _hidden("extension", "prairie", _side(True)),
        "building_site": _hidden("extension", "building_site", _side(False), pan=180.0),
        "wren": _hidden("extension", "wren", _side(False)),
        "rainforest": _hidden("extension", "rainforest", _side(True), pan=220.0),
        "wood": _hidden("extension", "wood", _side(False), pan=200.0),
        "meadow": _hidden("extension", "meadow", _side(True), pan=135.0),
        "cellar": _hidden("extension", "cellar", _side(True), pan=45.0),
        "market": _hidden("extension", "market", _side(True)),
        "kerner": _hidden("extension", "kerner", _side(True)),
    },
    "whole": {
        "lake": partial(_whole, "lake", ("lake",), 0.7),
        "larches": partial(_whole, "larches", ("larches",), 0.75),
        "mixed": partial(_whole, "mixed", ("lake", "larches", "ridges"), 0.7),
        "dunes": partial(_whole, "dunes", ("dunes",), 0.8),
        "harbour": partial(_whole, "harbour", ("harbour",), 0.6),
        "rooftops": partial(_whole, "rooftops", ("rooftops",), 0.6),
        "quay": partial(_whole, "quay", ("quay",), 0.6),
    },
    "hole": {
        "spruit": _hidden("hole", "spruit", _box(0.45, 0.5, 0.24, 0.3), pan=150.0),
        "noon": _hidden("hole", "noon", _box(0.5, 0.5, 0.26, 0.34), pan=90.0),
        "lake": _hidden("hole", "lake", _box(0.6, 0.72, 0.24, 0.3)),
        "prairie": _hidden("hole", "prairie", _box(0.5, 0.48, 0.26, 0.34)),
        "quay": _hidden("hole", "quay", _box(0.6, 0.5, 0.26, 0.34), pan=40.0),
        "dunes": _hidden("hole", "dunes", _box(0.42, 0.55, 0.22, 0.3)),
        "building_site": _hidden(
            "hole", "building_site", _box(0.5, 0.47, 0.24, 0.3), pan=180.0
        ),
        "rainforest": _hidden("hole", "rainforest", _box(0.5, 0.52, 0.24, 0.3), pan=130.0),
        "hilly": _hidden("hole", "hilly", _box(0.5, 0.5, 0.26, 0.34), pan=60.0),
        "moonlit": _hidden("hole", "moonlit", _box(0.5, 0.5, 0.26, 0.34)),
        "meadow": _hidden("hole", "meadow", _box(0.5, 0.5, 0.26, 0.34)),
        "kerner": _hidden("hole", "kerner", _box(0.5, 0.5, 0.26, 0.34)),
    },
    "foliage": {
        "larches": _hidden("foliage", "larches", _box(0.2, 0.55, 0.26, 0.3)),
        "stream": _hidden("foliage", "stream", _box(0.6, 0.3, 0.26, 0.32)),
        "rainforest": _hidden("foliage", "rainforest", _box(0.5, 0.4, 0.28, 0.36), pan=40.0),
        "wood": _hidden("foliage", "wood", _box(0.5, 0.35, 0.28, 0.36), pan=20.0),
        "dandelions": _hidden("foliage", "dandelions", _box(0.4, 0.82, 0.24, 0.26)),
    },
}
CASES["extension"] |= _behind(
    "extension",
    ("cellar", "hilly", "kerner", "meadow", "noon", "prairie", "quay", "rainforest", "spruit"),
)
CASES["hole"] |= _behind(
    "hole",
    (
        "building_site", "hilly", "kerner", "meadow", "moonlit", "noon", "prairie", "quay",
        "rainforest", "spruit",
    ),
)  # fmt: skip
QUICK = (
    ("sky", "dunes"),
    ("extension", "quay"),
    ("whole", "dunes"),
    ("hole", "prairie"),
    ("foliage", "wood"),
)
