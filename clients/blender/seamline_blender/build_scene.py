"""
The shot in 3D: its camera, and every layer on its surface, cards and spheres alike.

From the stage where Blender imports USD, and else from the numbers that lie beside it. Lengths
are metres; Blender's world is Z up, so (x, y, z) of the show is (x, -z, y) there.
"""

from __future__ import annotations

import json
import os

import bpy
from mathutils import Matrix

from . import versions
from .nodes import named
from .seamline_link import Document

UP = Matrix(((1, 0, 0, 0), (0, 0, -1, 0), (0, 1, 0, 0), (0, 0, 0, 1)))


def build(scene: bpy.types.Scene, version: Document) -> bpy.types.Collection | None:
    """Build camera and surfaces of ``version`` in a collection; one that stands is kept."""
    name = f"seamline {version['id']}"
    standing = bpy.data.collections.get(name)
    if standing is not None:
        return standing
    if versions.imports_usd():
        bpy.ops.wm.usd_import(filepath=version["scene"]["stage"])
        return None
    with open(version["scene"]["numbers"], encoding="utf-8") as file:
        numbers = json.load(file)
    made = bpy.data.collections.new(name)
    scene.collection.children.link(made)
    if numbers["camera"]:
        _camera(scene, made, version, numbers["camera"])
    for patch in numbers["patches"]:
        _surface(made, version, numbers["colourspace"], patch)
    return made


def _camera(
    scene: bpy.types.Scene, into: bpy.types.Collection, version: Document, times: list[Document]
) -> None:
    lens = bpy.data.cameras.new(f"{version['shot']} camera")
    seen = bpy.data.objects.new(lens.name, lens)
    into.objects.link(seen)
    lens.sensor_fit, lens.clip_start, lens.clip_end = "HORIZONTAL", 0.01, 1e6
    seen.rotation_mode = "QUATERNION"
    turned, (share, aside) = None, _window(version["format"])
    for time in times:
        m, (x, y, z) = time["world_from_camera"], time["position_m"]
        pose = UP @ Matrix(([*m[0:3], x], [*m[3:6], y], [*m[6:9], z], [0, 0, 0, 1]))
        seen.location, turn, _ = pose.decompose()
        if turned is not None:
            turn.make_compatible(turned)
        seen.rotation_quaternion = turned = turn
        wide = time["aperture_mm"][0] * share
        lens.sensor_width, lens.lens = wide, time["focal_length_mm"]
        moved = zip(time["offset_mm"], time["aperture_mm"], aside, strict=True)
        lens.shift_x, lens.shift_y = ((mm + all_mm * v) / wide for mm, all_mm, v in moved)
        if len(times) == 1:
            break
        for path in ("location", "rotation_quaternion"):
            seen.keyframe_insert(path, frame=time["frame"])
        for path in ("lens", "sensor_width", "shift_x", "shift_y"):
            lens.keyframe_insert(path, frame=time["frame"])
    if scene.camera is None:
        scene.camera = seen


def _window(shape: Document) -> tuple[float, tuple[float, float]]:
    """Return the rendered window's width in frames, and where its middle lies, right and up."""
    x, y, width, height = shape["window_px"]
    left, top = shape["origin_px"]
    right = (x - left + width / 2) / shape["width_px"] - 0.5
    down = (y - top + height / 2) / shape["height_px"] - 0.5
    return width / shape["width_px"], (right, -down)


def _surface(
    into: bpy.types.Collection, version: Document, space: str, patch: Document
) -> None:
    name = f"{version['id']} {patch['name']}"
    mesh = bpy.data.meshes.new(name)
    points = [tuple((UP @ Matrix.Translation(p)).translation) for p in patch["points_m"]]
    mesh.from_pydata(points, [], patch["faces"])
    layer = mesh.uv_layers.new(name="canvas")
    for loop in mesh.loops:
        layer.data[loop.index].uv = patch["uv"][loop.vertex_index]
    mesh.materials.append(_shining(name, version, space, patch))
    thing = bpy.data.objects.new(name, mesh)
    # To look at and to line things up with: a render of the shot does not change by it.
    thing.hide_render = True
    into.objects.link(thing)


def _shining(name: str, version: Document, space: str, patch: Document) -> bpy.types.Material:
    """Return a material that shines with the picture's associated colour."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    nodes.clear()
    texture, light = nodes.new("ShaderNodeTexImage"), nodes.new("ShaderNodeEmission")
    clear, less = nodes.new("ShaderNodeBsdfTransparent"), nodes.new("ShaderNodeMath")
    add, end = nodes.new("ShaderNodeAddShader"), nodes.new("ShaderNodeOutputMaterial")
    image = bpy.data.images.load(os.path.join(version["folder"], patch["picture"]))
    image.alpha_mode = "CHANNEL_PACKED"
    image.colorspace_settings.name = named(space)
    texture.image, texture.extension = image, "CLIP"
    less.operation, less.inputs[0].default_value = "SUBTRACT", 1.0
    links.new(texture.outputs["Color"], light.inputs["Color"])
    links.new(texture.outputs["Alpha"], less.inputs[1])
    links.new(less.outputs[0], clear.inputs["Color"])
    links.new(light.outputs[0], add.inputs[0])
    links.new(clear.outputs[0], add.inputs[1])
    links.new(add.outputs[0], end.inputs["Surface"])
    return made
