"""
What came back, as Nuke's nodes: one branch for each variation, and a switch between them.

A branch reads the element, brings it to the plate by its CDL in ACEScct, and merges it over
the plate by the generated region; beside it the same from its layers. Pictures are associated:
a CDL works on straight colour (``unpremult``), a merge on associated. No node crops or
reformats, so bounding boxes and overscan are what the files say.
"""

from __future__ import annotations

import json
import math
import os
import re
from typing import Any

from seamline_link import Document

import nuke

Values = list[float]


class CannotBuildError(Exception):
    """What came back cannot be read in this script as it is."""


def build(ask: str, versions: list[Document], below: nuke.Node | None) -> nuke.Node:
    """
    Build an ask's nodes, once; return the switch between its variations.

    Args:
        ask: Its id; the nodes are called by it.
        versions: What came back, one for each variation.
        below: The plate that the region was drawn over; None reads the shot's.

    Raises:
        CannotBuildError: The script's config lacks one of the colour spaces. Nothing stands.
    """
    standing = nuke.toNode(_name(ask, "variation"))
    if standing is not None:
        return standing
    made: list[nuke.Node] = []
    try:
        return _built(_Build(ask, made), versions, below)
    except CannotBuildError:
        for node in reversed(made):
            nuke.delete(node)
        raise


class _Build:
    """Makes nodes that are called by an ask, and remembers them."""

    def __init__(self, ask: str, made: list[nuke.Node]) -> None:
        self._ask, self._made = ask, made

    def node(
        self, kind: str, what: str, inputs: list[nuke.Node | None], **knobs: Any
    ) -> nuke.Node:
        """Make a node, connected to ``inputs`` in their order, with its knobs set."""
        node: nuke.Node = getattr(nuke.nodes, kind)()
        self._made.append(node)
        node.setName(_name(self._ask, what))
        for place, above in enumerate(inputs):
            if above is not None:
                node.setInput(place, above)
        for name, value in knobs.items():
            _set(node, name, value)
        return node

    def read(self, what: str, pictures: Document, version: Document, **knobs: Any) -> nuke.Node:
        """Read a sequence: its frames, its colour space, and an error where one is missing."""
        first, last = version["frames"]
        space = pictures.get("colourspace")
        node = self.node(
            "Read", what, [], file=safe(pictures["pattern"]), first=first, last=last,
            origfirst=first, origlast=last, origset=True, on_error="error",
            label=f"{version['id']} {space or 'raw'}",
        )  # fmt: skip
        if space is None:
            _set(node, "raw", True)
        else:
            _set(node, "raw", False)
            _set_space(node, space)
        for name, value in knobs.items():
            _set(node, name, value)
        return node

    def arrange(self) -> None:
        """Put sequences in a row, and what is made of them below its first input."""
        column = 0
        for node in self._made:
            above = node.input(0) or node.input(1)
            if above is None:
                node.setXYpos(120 * column, 0)
                column += 1
            else:
                node.setXYpos(above.xpos(), above.ypos() + 110)


def _built(made: _Build, versions: list[Document], below: nuke.Node | None) -> nuke.Node:
    plate = below
    if plate is None and versions[0]["plate"] is not None:
        plate = _plate(made, versions[0])
    if plate is not None:
        plate = _suggested(made, versions[0], plate)
    merges, layered, comps = [], [], []
    for version in versions:
        tail = f"b{version['variation']:02d}"
        element = made.read(f"{tail}_element", version["element"], version, premultiplied=True)
        matte = _matte(made, version, tail)
        merges.append(_over(made, version, f"{tail}", element, plate, matte))
        layers = _layers(made, version, tail)
        layered.append(
            merges[-1]
            if layers is None
            else _over(made, version, f"{tail}_from_layers", layers, plate, matte)
        )
        comps.append(made.read(f"{tail}_comp", version["comp"], version, auto_alpha=True))
    pick = made.node("Switch", "variation", list(merges), which=0)
    for what, inputs in (("from_layers", layered), ("delivered", comps)):
        follows = made.node("Switch", what, list(inputs))
        follows["which"].setExpression(f"{pick.name()}.which")
    _scene(made, versions[0])
    made.arrange()
    return pick


def _plate(made: _Build, version: Document) -> nuke.Node:
    plate = made.read("plate", version["plate"], version, auto_alpha=True)
    layer = re.sub(r"\W", "_", version["plate"].get("layer") or "")
    if not layer:
        return plate
    # Nuke has an underscore for every dot in a layer's name.
    return made.node("Shuffle", "plate_layer", [plate], **{"in": layer, "alpha": "white"})


def _suggested(made: _Build, version: Document, plate: nuke.Node) -> nuke.Node:
    """Return the plate with the grade that a revised lock suggests for it, switched off."""
    cdl = version.get("live_suggestion")
    if cdl is None:
        return plate
    node = _cdl(made, "live_suggestion", cdl, plate)
    _set(node, "label", f"a suggestion, off: {cdl['id']} in {cdl['working_space']}")
    _set(node, "disable", True)
    return node


def _matte(made: _Build, version: Document, tail: str) -> nuke.Node | None:
    if version["matte"] is None:
        return None
    return made.read(f"{tail}_generated", version["matte"], version, auto_alpha=False)


def _over(
    made: _Build,
    version: Document,
    what: str,
    painted: nuke.Node,
    plate: nuke.Node | None,
    matte: nuke.Node | None,
) -> nuke.Node:
    """Return what is painted, matched in colour, over the plate where it is generated."""
    graded = _cdl(made, f"{what}_cdl", version["cdl"], painted)
    if plate is None or matte is None:
        return graded
    return made.node(
        "Merge2", f"{what}_over", [plate, graded, matte], operation="over", bbox="union",
        maskChannelInput="rgba.alpha",
    )  # fmt: skip


def _cdl(made: _Build, what: str, cdl: Document, above: nuke.Node) -> nuke.Node:
    return made.node(
        "OCIOCDLTransform", what, [above], slope=cdl["slope"], offset=cdl["offset"],
        power=cdl["power"], saturation=cdl["saturation"],
        working_space=cdl["working_space"], unpremult="rgba.alpha",
        label=f"{cdl['id']} in {cdl['working_space']}",
    )  # fmt: skip


def _layers(made: _Build, version: Document, tail: str) -> nuke.Node | None:
    """Return the layers over one another, back to front; None where there is only one."""
    if len(version["layers"]) < 2:
        return None
    stack: nuke.Node | None = None
    for layer in version["layers"]:
        name = re.sub(r"\W", "_", layer["name"])
        shown = made.read(f"{tail}_{name}", layer, version, premultiplied=True)
        grade = layer.get("grade")
        if grade is not None:
            shown = _cdl(made, f"{tail}_{name}_cdl", grade["cdl"], shown)
            if grade["opacity"] != 1:
                shown = made.node(
                    "Multiply", f"{tail}_{name}_opacity", [shown], channels="rgba",
                    value=grade["opacity"],
                )  # fmt: skip
        if stack is not None:
            shown = made.node(
                "Merge2", f"{tail}_{name}_over", [stack, shown], operation="over",
                bbox="union",
            )  # fmt: skip
        stack = shown
    return stack


# -- the shot in 3D ---------------------------------------------------------------


def _scene(made: _Build, version: Document) -> None:
    """Make the camera, and a render of every layer on its card or mesh through it."""
    with open(version["scene"]["numbers"], encoding="utf-8") as file:
        numbers = json.load(file)
    if not numbers["camera"]:
        return
    camera = _camera(made, numbers["camera"])
    surfaces: list[nuke.Node | None] = []
    for patch in numbers["patches"]:
        name = re.sub(r"\W", "_", patch["name"])
        pictures = {
            "pattern": os.path.join(version["folder"], patch["picture"]),
            "colourspace": numbers["colourspace"],
        }
        canvas = made.read(f"canvas_{name}", pictures, version, premultiplied=True)
        if len(patch["points_m"]) == 4:
            surfaces.append(_card(made, f"card_{name}", patch, canvas))
        else:
            mesh = version["scene"]["meshes"][patch["name"]]
            label = f"{patch['distance_m']:g} m"
            surfaces.append(
                made.node("ReadGeo2", f"mesh_{name}", [canvas], file=safe(mesh), label=label)
            )
    scene = made.node("Scene", "painting", surfaces)
    made.node(
        "ScanlineRender", "through_the_lens", [None, scene, camera],
        shutter=numbers["shutter_frames"], shutteroffset="centred",
    )  # fmt: skip


def _camera(made: _Build, times: list[Document]) -> nuke.Node:
    """Return the shot's camera; turns are about Z, then X, then Y, as Nuke's ``ZXY``."""
    camera = made.node(
        "Camera2", "camera", [], rot_order="ZXY", near=0.01, far=1000000.0, label="metres, Y up"
    )
    turns = _turns(times)
    for name, rows in (
        ("translate", [time["position_m"] for time in times]),
        ("rotate", turns),
        ("focal", [[time["focal_length_mm"]] for time in times]),
        ("haperture", [[time["aperture_mm"][0]] for time in times]),
        ("vaperture", [[time["aperture_mm"][1]] for time in times]),
        (
            "win_translate",
            [[2 * v / time["aperture_mm"][0] for v in time["offset_mm"]] for time in times],
        ),
    ):
        _key(camera, name, [time["frame"] for time in times], rows)
    return camera


def _key(node: nuke.Node, name: str, frames: list[int], rows: list[Values]) -> None:
    """Set a knob for every frame; without keys where nothing moves."""
    knob, still = node[name], all(row == rows[0] for row in rows)
    for index in range(len(rows[0])):
        column = [float(row[index]) for row in rows]
        if still:
            knob.setValue(column[0], index)
            continue
        knob.setAnimated(index)
        for frame, value in zip(frames, column, strict=True):
            knob.setValueAt(value, frame, index)


def _turns(times: list[Document]) -> list[Values]:
    """Return tilt, pan and roll of every frame, degrees, each going on from the one before."""
    found: list[Values] = []
    for time in times:
        angles = _angles(time["world_from_camera"])
        if found:
            turned = zip(angles, found[-1], strict=True)
            angles = [a - 360.0 * round((a - before) / 360.0) for a, before in turned]
        found.append(angles)
    return found


def _angles(m: Values) -> Values:
    """Return degrees about X, Y and Z of a row-major rotation, applied Z first, Y last."""
    tilt = math.asin(max(-1.0, min(1.0, -m[5])))
    if abs(m[5]) > 1 - 1e-12:
        pan, roll = math.atan2(-m[6], m[0]), 0.0
    else:
        pan, roll = math.atan2(m[2], m[8]), math.atan2(m[3], m[4])
    return [math.degrees(angle) for angle in (tilt, pan, roll)]


def _card(made: _Build, what: str, patch: Document, canvas: nuke.Node) -> nuke.Node:
    """Return the card that a patch of four corners is: its place, turn and size, metres."""
    upper_left, upper_right, lower_left, _ = patch["points_m"]
    middle = [sum(axis) / 4 for axis in zip(*patch["points_m"], strict=True)]
    right = [b - a for a, b in zip(upper_left, upper_right, strict=True)]
    up = [a - b for a, b in zip(upper_left, lower_left, strict=True)]
    width, height = (math.sqrt(sum(v * v for v in side)) for side in (right, up))
    x, y = [v / width for v in right], [v / height for v in up]
    z = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]]
    turned = _angles([v for row in zip(x, y, z, strict=True) for v in row])
    # A card is one unit wide; its height is scaled, whatever its picture's is.
    return made.node(
        "Card2", what, [canvas], rot_order="ZXY", image_aspect=False, translate=middle,
        rotate=turned, scaling=[width, height, 1.0],
    )  # fmt: skip


# -- knobs ------------------------------------------------------------------------


def safe(text: str) -> str:
    """Return a path so that Tcl, evaluating a file knob, finds nothing to evaluate."""
    return re.sub(r"([\\\[\]$])", r"\\\1", text)


def _name(ask: str, what: str) -> str:
    return f"seamline_{ask}_{what}"


def _set(node: nuke.Node, name: str, value: Any) -> None:
    if isinstance(value, list):
        for index, one in enumerate(value):
            node[name].setValue(one, index)
    else:
        node[name].setValue(value)


def _set_space(node: nuke.Node, space: str) -> None:
    """Set a Read's colour space; the config may have it in a family: ``ACES/ACEScg``."""
    knob = node["colorspace"]
    if isinstance(knob, nuke.Enumeration_Knob):
        known = [str(name) for name in knob.values()]
        found = [name for name in known if name.replace("\t", "/").rpartition("/")[2] == space]
        if not found:
            raise CannotBuildError(
                f"this script's config has no colour space {space!r}: choose the show's, with "
                "Seamline > Use the show's config"
            )
        space = found[0]
    knob.setValue(space)
