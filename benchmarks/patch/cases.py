"""
The cases: five tasks, at least four plates each, all laid out as the product lays them out.

=========== ==========================================================================
sky         all of a plate's sky is replaced; references are panoramas, one look each
extension   30 % more picture on one side; the plate hides the truth
whole       a whole frame, range and sky, from the show's references
hole        a hole across the horizon; the plate hides the truth
foliage     a hole in foliage; the plate hides the truth
=========== ==========================================================================

Where there is truth the plate itself is a reference, as ``paint`` hands it over, and for
a panorama its other directions: like light, never what is hidden.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patch import material
from patch.material import TUNED, View
from seamline.generators.patch.skyline import find_skyline
from seamline.pixels.matte import grown
from seamline.ports import CanvasPicture, ReferencePicture
from seamline.steps import palette
from seamline.steps.lighting import Lit

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
        tuned: Whether settings were ever looked at with this plate.
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
    gains: dict[str, float] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """``task-plate``, as files are called."""
        return f"{self.task}-{self.name}"

    @property
    def pictures(self) -> int:
        """How many different references there are; views of one count once."""
        return len({r.id for r in self.references})


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
    task: str, name: str, hidden: Callable[[int, int], Mask], others: tuple[float, ...],
    pan_deg: float, tilt_deg: float, scale: float,
) -> Case:  # fmt: skip
    """A case whose plate hides the truth; ``others`` are pans of views of like light."""
    view = _view(name, scale, pan_deg, tilt_deg)
    fill = hidden(*view.colour.shape[:2])
    canvas = _canvas(view, view.colour, ~fill, fill)
    around = palette.plate_view(canvas, name)
    assert around is not None
    references = [
        material.as_reference(_view(name, scale, pan_deg + turn, tilt_deg), name, name)
        for turn in others
    ]
    return Case(
        task=task, name=name, canvas=canvas, references=[*references, around], judged=fill,
        plate=view.colour, truth=True, tuned=name in TUNED,
    )  # fmt: skip


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

SKIES = ("spruit", "hilly", "garden", "puresky", "quay")
"""A clear low sun, a veiled one, a high one; clouds and dusk without a disc (left out)."""
DUNE_CREST = (
    (0.0, 0.503), (0.091, 0.485), (0.13, 0.488), (0.215, 0.509), (0.26, 0.465), (0.326, 0.399),
    (0.365, 0.41), (0.417, 0.436), (0.456, 0.469), (0.501, 0.5), (0.547, 0.532),
    (0.566, 0.556), (0.625, 0.619), (0.69, 0.685), (0.755, 0.755), (0.84, 0.843),
    (0.9, 0.862), (1.0, 0.889),
)  # fmt: skip
"""Drawn over the picture, shares of width and height: its sand is taken for a sunset."""


def _sky(
    name: str, sun: tuple[float, float], pan_deg: float, tilt_deg: float, scale: float
) -> Case:
    view = _view(name, scale, pan_deg, tilt_deg)
    shape = view.colour.shape[:2]
    line = _skyline(name, view.colour)
    above = np.arange(shape[0])[:, None] < line[None, :]
    need = grown(above.astype(np.float32), NEED_ROOM_PX) > 0
    canvas = _canvas(view, view.colour, np.zeros(shape, bool), need)
    at = round(sun[1] * shape[0]), round(sun[0] * shape[1])
    key = float(view.azimuth_deg[at]), float(view.elevation_deg[at])
    canvas = replace(canvas, key_deg=key, skyline=line.astype(np.float32))
    # as ``paint`` leaves them out: what shows no sun to be turned to the locked key
    used = [
        r
        for r in map(material.approved, SKIES)
        if r.id != name and r.light.key_azimuth_deg is not None
    ]
    plate_sky = float(np.median(material.light(view.colour)[above].mean(axis=-1)))
    gains = {r.id: plate_sky / material.sky_level(r.id) for r in used}
    lit = Lit(
        gains={name: (g, g, g) for name, g in gains.items()},
        mirrored=frozenset(),
        held=frozenset(),
        view_deg=None,
    )
    references = palette.views_for(material.studio(), used, {}, canvas, lit, material.ENCODING)
    return Case(
        task="sky", name=name, canvas=canvas, references=references, judged=above,
        plate=view.colour, truth=False, tuned=name in TUNED, sun=at, key_deg=key, gains=gains,
    )  # fmt: skip


def _skyline(name: str, colour: Floats) -> NDArray[np.int64]:
    height, width = colour.shape[:2]
    if name == "dunes":
        x, y = np.array(DUNE_CREST).T
        at = np.interp((np.arange(width) + 0.5) / width, x, y) * height
        return np.asarray(np.round(at), np.int64)
    line = find_skyline(colour, np.ones((height, width), np.uint8))
    assert line is not None, name
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
        tuned=any(s in TUNED for s in sources),
    )  # fmt: skip


# -- which ----------------------------------------------------------------------------

_Maker = Callable[[float], Case]


def _hidden(task: str, name: str, hidden: Callable[[int, int], Mask], **view: Any) -> _Maker:
    return partial(
        _one_surface, task, name, hidden, view.get("others", ()),
        view.get("pan", 0.0), view.get("tilt", 0.0),
    )  # fmt: skip


AROUND = (120.0, 180.0, 240.0)
"""Pans of the other views of a panorama, well away from what is hidden."""

CASES: dict[str, dict[str, _Maker]] = {
    "sky": {
        "lake": partial(_sky, "lake", (0.62, 0.22), 0.0, 0.0),
        "spruit": partial(_sky, "spruit", (0.62, 0.3), 150.0, 6.0),
        "dunes": partial(_sky, "dunes", (0.7, 0.25), 0.0, 0.0),
        "harbour": partial(_sky, "harbour", (0.25, 0.2), 0.0, 0.0),
    },
    "extension": {
        "lake": _hidden("extension", "lake", _side(False)),
        "spruit": _hidden("extension", "spruit", _side(True), pan=150.0, others=AROUND),
        "dunes": _hidden("extension", "dunes", _side(True)),
        "harbour": _hidden("extension", "harbour", _side(True)),
        "quay": _hidden("extension", "quay", _side(True), pan=60.0, others=(60.0, 300.0)),
        "wren": _hidden("extension", "wren", _side(False)),
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
        "spruit": _hidden(
            "hole", "spruit", _box(0.45, 0.5, 0.24, 0.3), pan=150.0, others=AROUND
        ),
        "noon": _hidden("hole", "noon", _box(0.5, 0.5, 0.26, 0.34), pan=90.0, others=AROUND),
        "lake": _hidden("hole", "lake", _box(0.6, 0.72, 0.24, 0.3)),
        "prairie": _hidden("hole", "prairie", _box(0.5, 0.48, 0.26, 0.34), others=(240.0,)),
        "quay": _hidden("hole", "quay", _box(0.6, 0.5, 0.26, 0.34), pan=40.0, others=(60.0,)),
        "dunes": _hidden("hole", "dunes", _box(0.42, 0.55, 0.22, 0.3)),
    },
    "foliage": {
        "larches": _hidden("foliage", "larches", _box(0.2, 0.55, 0.26, 0.3)),
        "stream": _hidden("foliage", "stream", _box(0.6, 0.3, 0.26, 0.32)),
        "rainforest": _hidden(
            "foliage", "rainforest", _box(0.5, 0.4, 0.28, 0.36), pan=40.0, others=AROUND
        ),
        "wood": _hidden(
            "foliage", "wood", _box(0.5, 0.35, 0.28, 0.36), pan=20.0, others=AROUND
        ),
        "dandelions": _hidden("foliage", "dandelions", _box(0.4, 0.82, 0.24, 0.26)),
    },
}
QUICK = (
    ("sky", "dunes"),
    ("extension", "quay"),
    ("whole", "dunes"),
    ("hole", "prairie"),
    ("foliage", "wood"),
)
