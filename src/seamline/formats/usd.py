"""
USD: a shot's camera, and its painting as surfaces with pictures, as a ``.usda`` stage.

Metres, Y up, one time code per frame. The camera's lens is a pinhole: a lens's distortion
has no place in USD and stands beside it in words. USD counts focal length and aperture in
tenths of a scene unit, so that 35 mm are 0.35 on a stage in metres. A painted picture is
its own light: surfaces emit it and reflect nothing. Colours are named twice, by USD's
``colorSpace`` and in words; alpha is associated, as in every picture of the house.

A stage is written as text, without USD's own library: a delivery has one on every
machine, and the same scene gives the same bytes.

Source: USD, UsdGeomCamera, UsdGeomMesh, UsdPreviewSurface proposal 2.6.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray

NEAR_FAR_M = (0.01, 1e6)
_COLOUR_TOKENS = {
    "ACEScg": "lin_ap1_scene",
    "ACES2065-1": "lin_ap0_scene",
    "Linear Rec.709 (sRGB)": "lin_rec709_scene",
    "Linear Rec.2020": "lin_rec2020_scene",
    "Linear P3-D65": "lin_p3d65_scene",
}
"""USD's own tokens for the scene-linear spaces that it knows by name."""


class CameraTime(TypedDict):
    """A camera at the middle of one frame's exposure; lengths of the lens in millimetres."""

    frame: int
    position_m: tuple[float, float, float]
    world_from_camera: Sequence[float]
    """Nine numbers, row by row; columns are the picture's right, up and back."""
    focal_length_mm: float
    aperture_mm: tuple[float, float]
    """Across and down, as if the lens had no squeeze."""
    offset_mm: tuple[float, float]
    """Where the window's middle lies from the lens's axis, right and up."""
    focus_distance_m: float | None
    t_stop: float | None


class Patch(TypedDict):
    """A painted layer on its surface."""

    name: str
    picture: str
    """Path relative to the stage."""
    points_m: NDArray[np.float64]
    uv: NDArray[np.float64]
    faces: NDArray[np.int64]
    distance_m: float
    motion_deg_s: float
    digest: str


class Scene(TypedDict):
    """What a stage is made from; ``patches`` back to front."""

    name: str
    shot: str
    frames: tuple[int, int]
    rate: str
    colourspace: str
    """Of the pictures, by the show's config."""
    camera: Sequence[CameraTime]
    """One for a camera that stands still; empty where no camera is known."""
    shutter_frames: float
    """How long the shutter is open, in frames, about each frame's middle."""
    patches: Sequence[Patch]
    facts: NotRequired[Mapping[str, str]]


def usd_stage(scene: Scene) -> bytes:
    """
    Return the stage as UTF-8 ``.usda``; the same scene gives the same bytes.

    Its default prim is ``/shot``, with ``camera`` and ``painting`` below it.
    """
    first, last = scene["frames"]
    top, _, bottom = scene["rate"].partition("/")
    per_second = float(top) / float(bottom or 1)
    facts = {
        "shot": scene["shot"],
        "element": scene["name"],
        "rate": scene["rate"],
        "colourspace": scene["colourspace"],
        "alpha": "associated",
        **scene.get("facts", {}),
    }
    lines = [
        "#usda 1.0",
        "(",
        '    defaultPrim = "shot"',
        f"    endTimeCode = {last}",
        f"    framesPerSecond = {_number(per_second)}",
        "    metersPerUnit = 1",
        f"    startTimeCode = {first}",
        f"    timeCodesPerSecond = {_number(per_second)}",
        '    upAxis = "Y"',
        ")",
        "",
        'def Xform "shot" (',
        *_indented(_custom(facts)),
        ")",
        "{",
        *_indented(_camera(scene)),
        *_indented(_painting(scene)),
        "}",
    ]
    return ("\n".join(lines) + "\n").encode()


def prim_name(name: str) -> str:
    """Return ``name`` as USD allows a prim to be called."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return f"_{plain}" if plain[:1].isdigit() or not plain else plain


def _camera(scene: Scene) -> list[str]:
    times = scene["camera"]
    if not times:
        return []
    half = scene["shutter_frames"] / 2
    said = {
        "focalLength": _times(times, lambda t: _number(t["focal_length_mm"] / 100)),
        "horizontalAperture": _times(times, lambda t: _number(t["aperture_mm"][0] / 100)),
        "horizontalApertureOffset": _times(times, lambda t: _number(t["offset_mm"][0] / 100)),
        "verticalAperture": _times(times, lambda t: _number(t["aperture_mm"][1] / 100)),
        "verticalApertureOffset": _times(times, lambda t: _number(t["offset_mm"][1] / 100)),
    }
    if all(t["focus_distance_m"] for t in times):
        said["focusDistance"] = _times(times, lambda t: _number(t["focus_distance_m"] or 0))
    lines = [
        'def Camera "camera"',
        "{",
        f"    float2 clippingRange = ({_number(NEAR_FAR_M[0])}, {_number(NEAR_FAR_M[1])})",
    ]
    for name, values in sorted(said.items()):
        lines += _indented(_attribute(f"float {name}", values))
    if all(t["t_stop"] for t in times):
        # A T-stop is no f-stop: it says how much light there is, not how deep focus is.
        stops = _times(times, lambda t: _number(t["t_stop"] or 0))
        lines += _indented(_attribute("custom float seamline:tStop", stops))
    lines += [
        '    token projection = "perspective"',
        f"    double shutter:close = {_number(half)}",
        f"    double shutter:open = {_number(-half)}",
    ]
    lines += _indented(_attribute("matrix4d xformOp:transform", _times(times, _matrix)))
    return [*lines, '    uniform token[] xformOpOrder = ["xformOp:transform"]', "}"]


def _matrix(time: CameraTime) -> str:
    """Return the pose for row vectors, as USD has it: axes in rows, the place below."""
    m = time["world_from_camera"]
    rows = [(m[i], m[3 + i], m[6 + i], 0.0) for i in range(3)]
    rows.append((*time["position_m"], 1.0))
    return "( " + ", ".join(_tuple(row) for row in rows) + " )"


def _times(times: Sequence[CameraTime], value: object) -> list[tuple[int, str]]:
    assert callable(value)
    found = [(t["frame"], str(value(t))) for t in times]
    return found[:1] if len({said for _, said in found}) == 1 else found


def _attribute(name: str, values: Sequence[tuple[int, str]]) -> list[str]:
    if len(values) == 1:
        return [f"{name} = {values[0][1]}"]
    samples = [f"    {frame}: {said}," for frame, said in values]
    return [f"{name}.timeSamples = {{", *samples, "}"]


def _painting(scene: Scene) -> list[str]:
    inside: list[str] = []
    taken: set[str] = set()
    for place, patch in enumerate(scene["patches"]):
        name = prim_name(patch["name"])
        name = f"{name}_{place}" if name in taken else name
        taken.add(name)
        inside += _patch(scene, patch, name, place)
    return ['def Scope "painting"', "{", *_indented(inside), "}"]


def _patch(scene: Scene, patch: Patch, name: str, place: int) -> list[str]:
    home = f"/shot/painting/{name}"
    points, faces = patch["points_m"], patch["faces"]
    facts = {
        "digest": patch["digest"],
        "layer": patch["name"],
        "distance_m": _number(patch["distance_m"]),
        "motion_deg_s": _number(patch["motion_deg_s"]),
        "order": f"{place}, back to front",
    }
    extent = ", ".join(_tuple(corner) for corner in (points.min(axis=0), points.max(axis=0)))
    return [
        f'def Mesh "{name}" (',
        *_indented(_custom(facts)),
        '    prepend apiSchemas = ["MaterialBindingAPI"]',
        ")",
        "{",
        "    uniform bool doubleSided = 1",
        f"    float3[] extent = [{extent}]",
        f"    int[] faceVertexCounts = [{_listed(str(len(f)) for f in faces)}]",
        f"    int[] faceVertexIndices = [{_listed(str(int(n)) for f in faces for n in f)}]",
        f"    rel material:binding = <{home}/material>",
        f"    point3f[] points = [{_listed(_tuple(p) for p in points)}]",
        f"    texCoord2f[] primvars:st = [{_listed(_tuple(uv) for uv in patch['uv'])}] (",
        '        interpolation = "vertex"',
        "    )",
        '    uniform token subdivisionScheme = "none"',
        *_indented(_material(scene, patch, home)),
        "}",
    ]


def _material(scene: Scene, patch: Patch, home: str) -> list[str]:
    token = _COLOUR_TOKENS.get(scene["colourspace"], "")
    named = [f'        colorSpace = "{token}"'] if token else []
    of = f"{home}/material"
    return [
        'def Material "material"',
        "{",
        f"    token outputs:surface.connect = <{of}/surface.outputs:surface>",
        "",
        '    def Shader "surface"',
        "    {",
        '        uniform token info:id = "UsdPreviewSurface"',
        "        color3f inputs:diffuseColor = (0, 0, 0)",
        f"        color3f inputs:emissiveColor.connect = <{of}/picture.outputs:rgb>",
        "        float inputs:ior = 1",
        f"        float inputs:opacity.connect = <{of}/picture.outputs:a>",
        "        float inputs:roughness = 1",
        "        color3f inputs:specularColor = (0, 0, 0)",
        "        int inputs:useSpecularWorkflow = 1",
        "        token outputs:surface",
        "    }",
        "",
        '    def Shader "picture" (',
        *_indented(_custom({"colourspace": scene["colourspace"], "alpha": "associated"}), 2),
        "    )",
        "    {",
        '        uniform token info:id = "UsdUVTexture"',
        f"        asset inputs:file = @{patch['picture']}@ (",
        *(f"    {line}" for line in named),
        "        )",
        '        token inputs:sourceColorSpace = "raw"',
        f"        float2 inputs:st.connect = <{of}/place.outputs:result>",
        '        token inputs:wrapS = "clamp"',
        '        token inputs:wrapT = "clamp"',
        "        float outputs:a",
        "        float3 outputs:rgb",
        "    }",
        "",
        '    def Shader "place"',
        "    {",
        '        uniform token info:id = "UsdPrimvarReader_float2"',
        '        string inputs:varname = "st"',
        "        float2 outputs:result",
        "    }",
        "}",
    ]


def _custom(facts: Mapping[str, str]) -> list[str]:
    said = [f"            string {key} = {_string(facts[key])}" for key in sorted(facts)]
    return [
        "customData = {",
        "    dictionary seamline = {",
        *(s[4:] for s in said),
        "    }",
        "}",
    ]


def _indented(lines: Iterable[str], times: int = 1) -> list[str]:
    return [f"{'    ' * times}{line}" if line else line for line in lines]


def _string(text: str) -> str:
    said = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{said}"'


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def _tuple(values: Iterable[float]) -> str:
    return f"({', '.join(_number(float(v)) for v in values)})"


def _number(value: float) -> str:
    return repr(int(value)) if float(value).is_integer() else repr(float(value))
