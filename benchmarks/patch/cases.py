"""
The cases: five tasks, at least four plates each, all laid out as the product lays them out.

=========== ==========================================================================
sky         all of a plate's sky is replaced; references are panoramas, one look each
extension   30 % more picture on one side; the plate hides the truth
whole       a whole frame, range and sky, from the show's references
hole        a hole across the horizon; the plate hides the truth
foliage     a hole in foliage; the plate hides the truth
=========== ==========================================================================

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
from functools import partial
from typing import Any

import numpy as np

from patch import material
from patch.case import (
    NARROW_PX,
    PANORAMA_HFOV_DEG,
    SPRUIT_HFOV_DEG,
    WIDE_PX,
    Case,
    Mask,
    canvas_of,
    view_of,
)
from patch.material import tuned
from patch.skies import BEHIND, SKIES
from patch.sky_cases import sky_case
from seamline.ports import CanvasPicture, ReferencePicture
from seamline.steps import palette
from seamline.steps.lighting import Lit

EXTENDED = 1.3
AS_SHOT = Lit(gains={}, mirrored=frozenset(), held=frozenset(), view_deg=None)
"""Nobody locked a light that whole frames' references would be brought to."""


def make(task: str, name: str, *, scale: float = 1.0) -> Case:
    """Return one case at ``scale`` of its usual size."""
    return CASES[task][name](scale)


def _one_surface(
    task: str, called: str, hidden: Callable[[int, int], Mask], pan_deg: float,
    tilt_deg: float, scale: float,
) -> Case:  # fmt: skip
    """A case whose plate hides the truth; a panorama gives three views of like light."""
    name = called.removesuffix(BEHIND)
    view = view_of(name, scale, pan_deg, tilt_deg)
    fill = hidden(*view.colour.shape[:2])
    canvas = canvas_of(view, view.colour, ~fill, fill)
    around = palette.plate_view(canvas, name)
    assert around is not None
    references = [
        material.as_reference(view_of(name, scale, pan_deg + turn, tilt_deg), name, name)
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
        material.as_reference(view_of(name, scale, pan_deg + turn), name, name)
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
    "sky": {name: partial(sky_case, name) for name in SKIES},
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
