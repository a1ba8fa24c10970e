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

import re
from fractions import Fraction

from seamline.formats.nk_comp import Layer, Matte, NukeComp, Pictures
from seamline.formats.nk_match import match_note, with_match
from seamline.formats.nk_nodes import cdl_node, read_node, root_format, suggested_cdl
from seamline.formats.nk_space import three_d
from seamline.formats.nk_words import beside, node, number, safe
from seamline.show.frames import printf_pattern


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
    nodes = [_root(comp), _sticky(comp), *three_d(comp), *_through_lens(comp, shared)]
    nodes += [branch(comp, shared) for branch in branches[1:]]
    match = comp.get("match")
    if match:
        nodes += [match_note(match)]
    nodes += [read_node(comp, "delivered_comp", comp["comp"], 440, 0)]
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
        read = read_node(self._comp, name, files, x, 120) + _layer_of(name, files, x)
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
    graded = read_node(comp, "element", comp["element"], 0, 0) + cdl_node(
        comp["cdl"], "match_cdl", 0
    )
    match = comp.get("match")
    if match:
        graded = with_match(comp, match, graded, "", 0)
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
    nodes.append(cdl_node(comp["cdl"], "match_cdl_of_layers", -440))
    graded, match = "".join(nodes), comp.get("match")
    if match:
        graded = with_match(comp, match, graded, "_of_layers", -440)
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
        nodes.append(read_node(wide, "element_undistorted", files, x + 330, 0))
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


def _layer(comp: NukeComp, layer: Layer, x: int) -> str:
    name = layer["name"]
    files: Pictures = {"pattern": layer["pattern"], "colourspace": layer["colourspace"]}
    nodes = read_node(comp, f"layer_{name}", files, x, 0, label=layer["says"])
    nodes += cdl_node(layer["cdl"], f"{name}_cdl", x, unpremult="rgba.alpha")
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
        format=root_format(comp),
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
