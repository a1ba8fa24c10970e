"""
What came back, as nodes: sequences with their colour space, merged over the plate.

A matte of 1 takes the element, 0 leaves the plate's own values; Alpha Over with premultiplied
pictures does both without touching the other side's numbers.
"""

from __future__ import annotations

import json

import bpy

from . import versions
from .seamline_link import Document, frame_path

NONE = ("Non-Color", "Raw", "Utility - Raw")


class CannotBringError(Exception):
    """What came back cannot be shown in this Blender as it is."""


def name_of(ask: bpy.types.PropertyGroup, what: str) -> str:
    """Return what a node of an ask is called; by this it is found again."""
    return f"seamline {ask.ask} {what}"


def build(
    scene: bpy.types.Scene, ask: bpy.types.PropertyGroup, returned: list[Document]
) -> None:
    """
    Build the nodes of an ask, and have the scene render what they give.

    What ran into the scene's end before lies below as the plate; where nothing did, or a
    render that shows no plate, the shot's plate is read.
    """
    tree, first = versions.tree_of(scene), returned[0]
    if tree.nodes.get(name_of(ask, "over")) is not None:
        return
    for space in spaces_of(returned):
        named(space)
    end = versions.end_of(tree)
    below = _below(end)
    if below is None and first["plate"] is not None:
        below = _read(tree, ask, "plate", first["plate"], first, "NONE").outputs["Image"]
    element = _read(tree, ask, "element", first["element"], first, "PREMUL")
    painted = _layered(tree, ask, first, element.outputs["Image"])
    if first["matte"] is not None:
        matte = _read(tree, ask, "matte", first["matte"], first, "CHANNEL_PACKED")
        over = tree.nodes.new("CompositorNodeAlphaOver")
        factor, under, above = versions.factor_and_images(over)
        tree.links.new(matte.outputs["Alpha"], factor)
        if below is not None:
            tree.links.new(below, under)
        tree.links.new(painted, above)
    else:  # a shot without a plate: all of it is generated
        over = tree.nodes.new("CompositorNodeSwitch")
        tree.links.new(painted, over.inputs["Off"])
    _call(over, ask, "over", "element over plate")
    comp = _read(tree, ask, "comp", first["comp"], first, "NONE")
    pick = tree.nodes.new("CompositorNodeSwitch")
    _call(pick, ask, "matched", "on: the delivered comp, match and grain in it")
    tree.links.new(over.outputs[0], pick.inputs["Off"])
    tree.links.new(comp.outputs["Image"], pick.inputs["On"])
    tree.links.new(pick.outputs[0], end)
    _arrange(tree, ask)


def show(scene: bpy.types.Scene, ask: bpy.types.PropertyGroup) -> None:
    """Show the ask's chosen variation: the same nodes read another one's sequences."""
    if not ask.returned:
        return
    returned = json.loads(ask.returned)
    tree = versions.tree_of(scene)
    version = returned[min(ask.variation, len(returned)) - 1]
    told = {k: version[k] for k in ("element", "comp", "matte")}
    told |= {f"layer {layer['name']}": layer for layer in version["layers"]}
    for what, pictures in told.items():
        node = tree.nodes.get(name_of(ask, what))
        if node is not None and pictures:
            node.image = _loaded(pictures, version, node.image.alpha_mode)


def spaces_of(returned: list[Document]) -> set[str]:
    """Return every colour space that the sequences are in."""
    keys = ("plate", "element", "comp")
    return {v[k]["colourspace"] for v in returned for k in keys if v[k]}


def named(space: str) -> str:
    """Return ``space`` if the config that Blender runs with has it, or refuse."""
    have = _spaces()
    if space not in have:
        raise CannotBringError(
            f"Blender's config has no colour space {space!r}: start Blender with OCIO set to "
            "the show's config.ocio"
        )
    return space


def _spaces() -> set[str]:
    kind = bpy.types.Image.bl_rna.properties["colorspace_settings"].fixed_type
    return set(kind.properties["name"].enum_items.keys())


def _below(end: bpy.types.NodeSocket) -> bpy.types.NodeSocket | None:
    if not end.is_linked or end.links[0].from_node.bl_idname == "CompositorNodeRLayers":
        return None
    return end.links[0].from_socket


def _read(
    tree: bpy.types.NodeTree,
    ask: bpy.types.PropertyGroup,
    what: str,
    pictures: Document,
    version: Document,
    alpha: str,
) -> bpy.types.Node:
    node = tree.nodes.new("CompositorNodeImage")
    _call(node, ask, what, what)
    node.image = _loaded(pictures, version, alpha)
    first, last = version["frames"]
    # Blender counts a sequence's frames from 1: its offset is what the files count from.
    node.frame_start, node.frame_offset = first, first - 1
    node.frame_duration = last - first + 1
    return node


def _loaded(pictures: Document, version: Document, alpha: str) -> bpy.types.Image:
    """Return the sequence as an image of Blender's, loaded once."""
    path = frame_path(pictures["pattern"], version["frames"][0])
    image = bpy.data.images.load(path, check_existing=True)
    image.source = "SEQUENCE" if "%" in pictures["pattern"] else "FILE"
    space = pictures.get("colourspace")
    known = _spaces()
    wanted = space or next(name for name in NONE if name in known)
    # Alpha first: as another kind of alpha it would be read again, in another space.
    image.alpha_mode = alpha
    if image.colorspace_settings.name != wanted:
        image.colorspace_settings.name = wanted
    return image


def _layered(
    tree: bpy.types.NodeTree,
    ask: bpy.types.PropertyGroup,
    version: Document,
    element: bpy.types.NodeSocket,
) -> bpy.types.NodeSocket:
    """Return a switch between the element and its layers over one another, back to front."""
    layers = version["layers"]
    if len(layers) < 2:
        return element
    stack: bpy.types.NodeSocket | None = None
    for layer in layers:
        read = _read(tree, ask, f"layer {layer['name']}", layer, version, "PREMUL")
        if stack is None:
            stack = read.outputs["Image"]
            continue
        over = tree.nodes.new("CompositorNodeAlphaOver")
        _call(over, ask, f"{layer['name']} over", f"{layer['name']} over")
        factor, under, above = versions.factor_and_images(over)
        factor.default_value = 1.0
        tree.links.new(stack, under)
        tree.links.new(read.outputs["Image"], above)
        stack = over.outputs[0]
    pick = tree.nodes.new("CompositorNodeSwitch")
    _call(pick, ask, "layers", "on: from its layers")
    tree.links.new(element, pick.inputs["Off"])
    assert stack is not None
    tree.links.new(stack, pick.inputs["On"])
    return pick.outputs[0]


def _call(node: bpy.types.Node, ask: bpy.types.PropertyGroup, what: str, label: str) -> None:
    node.name, node.label = name_of(ask, what), label


def _arrange(tree: bpy.types.NodeTree, ask: bpy.types.PropertyGroup) -> None:
    """Put the ask's nodes in a frame, sequences on the left, in a column each."""
    mine = [n for n in tree.nodes if n.name.startswith(name_of(ask, ""))]
    frame = tree.nodes.new("NodeFrame")
    frame.name, frame.label = name_of(ask, "frame"), f"seamline {ask.ask}"
    counts = [0, 0]
    for node in mine:
        column = 0 if node.bl_idname == "CompositorNodeImage" else 1
        node.location = (-700 + 320 * column, 400 - 360 * counts[column])
        counts[column] += 1
        node.parent = frame
