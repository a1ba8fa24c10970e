"""
Nuke scripts: a delivery that opens in Nuke, with no server and no plug-in.

A ``.nk`` is plain text: nodes in braces, each one taking its inputs from a stack,
the topmost first. Paths are written relative to the script, so that the delivery
folder can move; everything a shot's name or path could hide from Tcl is escaped.
``nk_read`` reads such a script back into nodes and what they are connected to.

The delivered comp stands beside the one that the script builds. They agree except
where the matte is soft: there the delivery has the live foreground's own colour
estimated, which a merge cannot do. Where the element was painted in several layers, a
second branch builds it from these, each with a grade of its own before it goes over the
one behind it; once somebody graded a layer, that branch is the one to look at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import NotRequired, TypedDict

from seamline.formats.nk_scene import camera_knobs, card_knobs, is_flat
from seamline.formats.usd import Scene
from seamline.show.cdl import CDL
from seamline.show.frames import printf_pattern

FWHM = 2.3548
"""Nuke sizes a Gaussian blur by about its full width at half height: 2.3548 sigma."""
_HERE = "[file dirname [value root.name]]"
_PLAIN = re.compile(r"[A-Za-z0-9_.%/+-]+")


class Pictures(TypedDict):
    """A sequence: ``pattern`` relative to the script, ``colourspace`` by the config's name."""

    pattern: str
    colourspace: str
    layer: NotRequired[str]
    """The layer or part of the files that is meant, where it is not their R, G, B."""


class Matte(TypedDict):
    """The generated region, 1 = generated; ``channel`` is ``rgba.alpha`` unless said."""

    pattern: str
    channel: NotRequired[str]


class Layer(TypedDict):
    """One painted layer: its frames, and what a person did to it."""

    name: str
    pattern: str
    colourspace: str
    cdl: CDL
    opacity: float
    says: str
    """A line for its label: how far away it stands, how it drifts."""


class HazeNode(TypedDict):
    """Air before all of the element alike, in the working space: clear x own + added."""

    clear: float
    added: tuple[float, float, float]


class MatchNodes(TypedDict):
    """A match beyond its CDL: what Nuke can do of it, and the frames with all of it on."""

    matched: Pictures
    shadow: Pictures | None
    """What live action leaves of the floor's light; None where it is off, or there is none."""
    shadow_amount: float
    grain: Pictures | None
    adds_up: bool
    """Whether grain may be added after its conversion: the plate's space is linear."""
    sigma_px: float
    haze: NotRequired[HazeNode | None]
    """None where no node can do it: the air is clearer before one layer than another."""
    on: Mapping[str, bool]
    changes: Mapping[str, bool]
    says: Mapping[str, str]


class LensNodes(TypedDict):
    """ST maps of the lens, and the element as a perfect lens sees it; paths as ever."""

    undistort: str
    redistort: str
    undistorted_px: list[int]
    element_undistorted: NotRequired[str]


class NukeComp(TypedDict):
    """What a script is made from."""

    name: str
    frames: tuple[int, int]
    width_px: int
    height_px: int
    pixel_aspect: float
    rate: str
    """Frames per second: ``24`` or ``24000/1001``."""
    plate: Pictures | None
    element: Pictures
    matte: Matte | None
    comp: Pictures
    cdl: CDL
    layers: NotRequired[tuple[Layer, ...]]
    """Back to front; none where the element was painted in one."""
    match: NotRequired[MatchNodes | None]
    """None, or missing, where the match is a CDL alone."""
    scene: NotRequired[Scene | None]
    """The shot's camera, and its painting on surfaces; none where no camera is known."""
    lens: NotRequired[LensNodes | None]
    """The lens's ST maps; none where it is a perfect one that nobody asked about."""
    suggestion: NotRequired[CDL | None]
    """A grade that the live side may need; it stands on the plate, switched off."""
    config_path: str
    working_space: str


def nuke_script(comp: NukeComp) -> bytes:
    """
    Return the script: plate, element with its CDL, merged by the matte, and the delivery.

    Args:
        comp: See ``NukeComp``; the frames are the film's, both included.

    Returns:
        UTF-8 text for Nuke 13 and later; the same comp gives the same bytes.
    """
    branches = [_from_element]
    layers = comp.get("layers", ())
    if layers:
        graded = any(not la["cdl"].is_identity or la["opacity"] != 1 for la in layers)
        branches.insert(0 if graded else 1, _from_layers)
    # What waits on the stack goes to the viewer, the topmost to its first input: the
    # branch to look at, the delivered comp, and the other branch where there is one.
    shared = _Shared(comp)
    nodes = [_root(comp), _sticky(comp), *_three_d(comp), *_through_lens(comp, shared)]
    nodes += [branch(comp, shared) for branch in branches[1:]]
    match = comp.get("match")
    if match:
        nodes += [_match_note(match)]
    nodes += [_read(comp, "delivered_comp", comp["comp"], 440, 0)]
    nodes += [branches[0](comp, shared), _viewer(comp, 1 + len(branches))]
    return ("#! seamline\nversion 13.0 v1\n" + "".join(nodes)).encode()


class _Shared:
    """Plate and matte: read once, and pushed again where a second branch wants them."""

    def __init__(self, comp: NukeComp) -> None:
        self._comp = comp
        self._read: set[str] = set()

    def push(self, name: str, files: Pictures | Matte, x: int) -> str:
        """Return what puts the node ``name`` on the stack."""
        if name in self._read:
            return f"push $N{name}\n"
        self._read.add(name)
        read = _read(self._comp, name, files, x, 120) + _layer_of(name, files, x)
        return f"{read}set N{name} [stack 0]\n"


def _layer_of(name: str, files: Pictures | Matte, x: int) -> str:
    """Return what puts the files' layer in R, G, B; Nuke knows no dots in a layer's name."""
    layer = re.sub(r"\W", "_", str(files.get("layer", "")))
    if not layer:
        return ""
    return node(
        "Shuffle", **{"in": safe(layer)}, alpha="white", name=f"{name}_layer", xpos=x, ypos=200
    )


def _from_element(comp: NukeComp, shared: _Shared) -> str:
    graded = _read(comp, "element", comp["element"], 0, 0) + _cdl(comp["cdl"], "match_cdl", 0)
    match = comp.get("match")
    if match:
        graded = _with_match(comp, match, graded, "", 0)
    return _over_plate(comp, shared, graded, "element_over_plate", 0)


def _from_layers(comp: NukeComp, shared: _Shared) -> str:
    """Return the layers, the frontmost first: the topmost of the stack is the B of a merge."""
    layers = comp.get("layers", ())
    nodes = [
        _layer(comp, layer, -440 - 220 * place)
        for place, layer in reversed(list(enumerate(layers)))
    ]
    for layer in layers[1:]:
        nodes.append(
            node(
                "Merge2", inputs=2, operation="over", name=f"{layer['name']}_over", xpos=-440,
                ypos=380,
            )
        )  # fmt: skip
    nodes.append(_cdl(comp["cdl"], "match_cdl_of_layers", -440))
    graded, match = "".join(nodes), comp.get("match")
    if match:
        graded = _with_match(comp, match, graded, "_of_layers", -440)
    return _over_plate(comp, shared, graded, "layers_over_plate", -440)


def _through_lens(comp: NukeComp, shared: _Shared) -> list[str]:
    """
    Return the plate undistorted and, where it is there, the undistorted element bent again.

    What is under a node's picture on the stack is its map. They wait below all else.
    """
    lens = comp.get("lens")
    if not lens:
        return []
    x, nodes = 660, []
    if comp["plate"] is not None:
        nodes.append(_st_read(comp, "lens_undistort", lens["undistort"], x))
        nodes.append(shared.push("plate", comp["plate"], -220))
        nodes.append(_st_map("plate_undistorted", x))
    element = lens.get("element_undistorted")
    if element is not None:
        nodes.append(_st_read(comp, "lens_redistort", lens["redistort"], x + 220))
        files: Pictures = {**comp["element"], "pattern": element}
        width, height = lens["undistorted_px"]
        wide: NukeComp = {**comp, "width_px": width, "height_px": height}
        wide["name"] = f"{comp['name']}_undistorted"
        nodes.append(_read(wide, "element_undistorted", files, x + 330, 0))
        nodes.append(_st_map("element_redistorted", x + 220))
    return nodes


def _st_read(comp: NukeComp, name: str, path: str, x: int) -> str:
    first, last = comp["frames"]
    return node(
        "Read",
        inputs=0,
        file=beside(printf_pattern(path)),
        first=first,
        last=last,
        origfirst=first,
        origlast=last,
        origset="true",
        on_error="error",
        raw="true",
        auto_alpha="false",
        name=name,
        label=safe("ST map"),
        xpos=x,
        ypos=120,
    )


def _st_map(name: str, x: int) -> str:
    return node("STMap", inputs=2, channels="rgba", uv="rgb", name=name, xpos=x, ypos=240)


def _with_match(comp: NukeComp, match: MatchNodes, graded: str, name: str, x: int) -> str:
    """Return ``graded`` with air before it, softened, grained; what is off is disabled."""
    nodes = graded
    shadow = match["shadow"]
    if shadow is not None:
        nodes = (
            _read(comp, f"shadow{name}", shadow, x + 110, 180, label="contact shadow")
            + nodes
            + node(
                "Merge2",
                inputs=2,
                operation="multiply",
                output="rgb",
                mix=number(match["shadow_amount"]),
                disable=_switch(match["on"]["shadow"] and match["shadow_amount"] <= 1),
                name=f"match_shadow{name}",
                xpos=x,
                ypos=210,
            )
        )
    haze = match.get("haze")
    if haze:
        nodes += node(
            "Grade",
            multiply=number(haze["clear"]),
            add="{" + " ".join(number(v) for v in (*haze["added"], 0.0)) + "}",
            black_clamp="false",
            unpremult="rgba.alpha",
            disable=_switch(match["on"]["haze"]),
            name=f"match_haze{name}",
            xpos=x,
            ypos=225,
        )
    if match["sigma_px"] > 0:
        nodes += node(
            "Blur",
            channels="rgba",
            size=number(round(FWHM * match["sigma_px"], 4)),
            filter="gaussian",
            disable=_switch(match["on"]["sharpness"]),
            name=f"match_sharpness{name}",
            label=safe(f"Gaussian, sigma {match['sigma_px']:g} px"),
            xpos=x,
            ypos=240,
        )
    grain = match["grain"]
    if grain is None:
        return nodes
    # What is under it on the stack is the A of a merge, so the grain is read first.
    return (
        _read(comp, f"grain{name}", grain, x + 110, 240, label="the grain alone")
        + nodes
        + node(
            "Merge2",
            inputs=2,
            operation="plus",
            output="rgb",
            disable=_switch(match["on"]["grain"] and match["adds_up"]),
            name=f"match_grain{name}",
            xpos=x,
            ypos=300,
        )
    )


def _match_note(match: MatchNodes) -> str:
    words = ["The match, in the order it is laid on; match/matched has all of it on."]
    words += [
        f"{name} ({'on' if on else 'off'}): {match['says'][name]}"
        for name, on in match["on"].items()
    ]
    left_out = [n for n in ("haze", "wrap") if match["changes"][n]]
    if match.get("haze"):
        left_out.remove("haze")
    if left_out:
        words.append(f"No node stands for {' and '.join(left_out)}: use match/matched.")
    if match["shadow"] is not None and match["shadow_amount"] > 1:
        words.append("No merge deepens a shadow: use match/matched.")
    if match["grain"] is not None and not match["adds_up"]:
        words.append(
            "The plate's space is not linear: grain added here would be another; "
            "use match/matched."
        )
    return node(
        "StickyNote", inputs=0, name="match", label=safe("\n".join(words)), xpos=220, ypos=-140
    )


def _switch(on: bool) -> str:
    return "false" if on else "true"


def _layer(comp: NukeComp, layer: Layer, x: int) -> str:
    name = layer["name"]
    files: Pictures = {"pattern": layer["pattern"], "colourspace": layer["colourspace"]}
    nodes = _read(comp, f"layer_{name}", files, x, 0, label=layer["says"])
    nodes += _cdl(layer["cdl"], f"{name}_cdl", x, unpremult="rgba.alpha")
    if layer["opacity"] != 1:
        nodes += node(
            "Multiply", channels="rgba", value=number(layer["opacity"]),
            name=f"{name}_opacity", xpos=x, ypos=200,
        )  # fmt: skip
    return nodes


def _over_plate(comp: NukeComp, shared: _Shared, graded: str, name: str, x: int) -> str:
    """Return ``graded`` over the plate by the matte, where there are both."""
    plate, matte = comp["plate"], comp["matte"]
    if plate is None or matte is None:
        return graded
    mask = shared.push("generated_matte", matte, 220)
    live = shared.push("plate", plate, -220)
    suggestion = comp.get("suggestion")
    if suggestion is not None:
        live += suggested_cdl(suggestion, f"suggested_for_live_{name}", -220)
    return mask + graded + live + _merge(matte, name, x)


def _root(comp: NukeComp) -> str:
    first, last = comp["frames"]
    return node(
        "Root",
        inputs=0,
        name=safe(comp["name"]),
        frame=first,
        first_frame=first,
        last_frame=last,
        lock_range="true",
        fps=number(float(Fraction(comp["rate"]))),
        format=_format(comp),
        colorManagement="OCIO",
        OCIO_config="custom",
        customOCIOConfigPath=beside(comp["config_path"]),
        workingSpaceLUT=safe(comp["working_space"]),
    )


def _sticky(comp: NukeComp) -> str:
    label = (
        f"{safe(comp['name'])}\nThe delivered comp is the signed picture. The merge rebuilds "
        "it from its layers;\nat soft edges the delivery also has the live foreground's own "
        "colour estimated."
    )
    return node("StickyNote", inputs=0, name="about", label=label, xpos=-220, ypos=-140)


def _read(
    comp: NukeComp, name: str, files: Pictures | Matte, x: int, y: int, *, label: str = ""
) -> str:
    first, last = comp["frames"]
    colour: dict[str, object] = {"raw": "true", "auto_alpha": "false"}
    space = files.get("colourspace")
    if space is not None:
        colour = {"colorspace": safe(str(space)), "raw": "false", "auto_alpha": "true"}
    return node(
        "Read",
        inputs=0,
        file=beside(printf_pattern(files["pattern"])),
        format=_format(comp),
        first=first,
        last=last,
        origfirst=first,
        origlast=last,
        origset="true",
        on_error="error",
        **colour,
        name=name,
        **({"label": safe(label)} if label else {}),
        xpos=x,
        ypos=y,
    )


def _cdl(cdl: CDL, name: str, x: int, y: int = 120, *, label: str = "", **knobs: object) -> str:
    return node(
        "OCIOCDLTransform",
        slope=_vector(cdl.slope),
        offset=_vector(cdl.offset),
        power=_vector(cdl.power),
        saturation=number(cdl.saturation),
        working_space=safe(cdl.working_space),
        **knobs,
        name=name,
        label=safe(label or f"{cdl.id} in {cdl.working_space}"),
        xpos=x,
        ypos=y,
    )


def suggested_cdl(cdl: CDL, name: str, x: int) -> str:
    """Return a node with a grade that nobody has looked at: switched off, and said so."""
    label = f"{cdl.description}\nSwitch it on to see it; in {cdl.working_space}"
    return _cdl(cdl, name, x, 160, label=label, disable="true")


def _merge(matte: Matte, name: str, x: int) -> str:
    return node(
        "Merge2",
        inputs="2+1",
        operation="over",
        maskChannelInput=matte.get("channel", "rgba.alpha"),
        name=name,
        xpos=x,
        ypos=560,
    )


def _viewer(comp: NukeComp, inputs: int) -> str:
    first, last = comp["frames"]
    return node(
        "Viewer",
        inputs=inputs,
        frame=first,
        frame_range=f"{first}-{last}",
        fps=number(float(Fraction(comp["rate"]))),
        name="Viewer1",
        xpos=220,
        ypos=680,
    )


def _format(comp: NukeComp) -> str:
    width, height = comp["width_px"], comp["height_px"]
    aspect = number(comp["pixel_aspect"])
    name = re.sub(r"[^A-Za-z0-9_]", "_", comp["name"])
    return f"{width} {height} 0 0 {width} {height} {aspect} {name}"


def node(kind: str, **knobs: object) -> str:
    """Return one node, its values quoted so that Tcl finds nothing to evaluate."""
    lines = "".join(f" {name} {_quoted(str(value))}\n" for name, value in knobs.items())
    return f"{kind} {{\n{lines}}}\n"


def _vector(values: tuple[float, float, float]) -> str:
    return "{" + " ".join(number(v) for v in values) + "}"


def number(value: float) -> str:
    """Return a number as Nuke writes it."""
    return repr(int(value)) if float(value).is_integer() else repr(float(value))


def beside(path: str) -> str:
    """Return a path relative to the script; an absolute one as it is."""
    if os.path.isabs(path):
        return safe(path)
    return f"{_HERE}/{safe(path)}"


def _three_d(comp: NukeComp) -> list[str]:
    """Return the camera, and a render of the painting's flat surfaces through it."""
    scene = comp.get("scene")
    if not scene or not scene["camera"]:
        return []
    left = -1100
    # The stack's topmost is a node's input 0: the camera waits below, as the render's last.
    nodes = [node("Camera2", **camera_knobs(scene, x=left - 220, y=240))]
    flat = [patch for patch in scene["patches"] if is_flat(patch)]
    if not flat:
        words = f"The painting is not flat: scene/{comp['name']}.usda has it, with this camera."
        note = node("StickyNote", inputs=0, name="scene", label=safe(words), xpos=left, ypos=0)
        return [*nodes, note]
    for place, patch in enumerate(flat):
        x = left - 220 * place
        files: Pictures = {
            "pattern": f"scene/{patch['picture']}",
            "colourspace": scene["colourspace"],
        }
        name = re.sub(r"[^A-Za-z0-9_]", "_", patch["name"])
        nodes.append(_read(comp, f"painted_{name}", files, x, 0, label="on its canvas"))
        nodes.append(node("Card2", **card_knobs(patch, name=f"card_{name}", x=x, y=120)))
    nodes.append(node("Scene", inputs=len(flat), name="painting", xpos=left, ypos=240))
    render = node(
        "ScanlineRender",
        inputs=3,
        shutter=number(scene["shutter_frames"]),
        shutteroffset="centred",
        name="painting_rendered",
        xpos=left,
        ypos=360,
    )
    return [*nodes, "push 0\n", render]


def safe(text: str) -> str:
    """Return ``text`` so that Tcl, evaluating a knob, finds nothing to evaluate."""
    return re.sub(r"([\\\[\]$])", r"\\\1", text)


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    # Vectors, and curves of plain numbers: nothing that Tcl could evaluate.
    if re.fullmatch(r"\{(?:curve|[0-9x. e+{}-])+\}", value):
        return value
    escaped = re.sub(r'([\\"\[$])', r"\\\1", value).replace("\n", "\\n")
    return f'"{escaped}"'
