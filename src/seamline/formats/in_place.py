"""
A canvas in its place: what an artist opens beside an exported canvas to see it in the shot.

A mesh for each layer (Wavefront OBJ), a Nuke script and a Blender script. Both scripts put
the shot's camera before the meshes with the exported picture on, over the plate; what is
painted and saved into the picture is seen there at once.

Source: Wavefront OBJ, appendix B1; Foundry, ReadGeo2, Shuffle and ScanlineRender nodes;
Blender manual, Python API, Camera (shift is in units of the longer side of the sensor).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import NotRequired, TypedDict

import numpy as np

from seamline.formats.nk_nodes import suggested_cdl
from seamline.formats.nk_scene import camera_knobs
from seamline.formats.nk_words import beside, node, number, safe
from seamline.formats.usd import CameraTime, Patch, Scene
from seamline.show.cdl import CDL
from seamline.show.frames import printf_pattern


class InPlace(TypedDict):
    """What the papers beside an exported canvas are made from."""

    scene: Scene
    """Camera, and a patch for each layer, back to front."""
    canvas: str
    """The exported picture: its file's name, beside the papers."""
    flat: bool
    """Whether it has one layer alone, as R, G, B, A."""
    plate: str
    """Pattern of the plate's frames; empty without one."""
    plate_space: str
    size_px: tuple[int, int]
    pixel_aspect: float
    suggestion: NotRequired[CDL | None]
    """A grade that the live side may need; it stands on the plate, switched off."""


def mesh_name(canvas: str, layer: str) -> str:
    """Return what the mesh of ``layer`` is called, beside ``canvas``."""
    return f"{os.path.splitext(canvas)[0]}_{layer}.obj"


def in_place(said: InPlace) -> dict[str, bytes]:
    """Return the papers by file name: a mesh for each layer, ``.nk`` and ``_blender.py``."""
    stem = os.path.splitext(said["canvas"])[0]
    papers = {
        mesh_name(said["canvas"], patch["name"]): mesh(patch)
        for patch in said["scene"]["patches"]
    }
    papers[f"{stem}.nk"] = nuke_in_place(said)
    papers[f"{stem}_blender.py"] = blender_in_place(said)
    return papers


def mesh(patch: Patch) -> bytes:
    """Return a patch as an OBJ: world positions in metres, Y up, with picture coordinates."""
    lines = [f"o {patch['name']}"]
    lines += [f"v {x!r} {y!r} {z!r}" for x, y, z in patch["points_m"].tolist()]
    lines += [f"vt {u!r} {v!r}" for u, v in patch["uv"].tolist()]
    for face in (np.asarray(patch["faces"]) + 1).tolist():
        lines.append("f " + " ".join(f"{n}/{n}" for n in face))
    return ("\n".join(lines) + "\n").encode()


def nuke_in_place(said: InPlace) -> bytes:
    """
    Return a script that shows the canvas through the shot's camera, over the plate.

    Args:
        said: Patches back to front; without a camera the canvas alone is read.

    Returns:
        UTF-8 text for Nuke 13 and later; the same shot gives the same bytes.
    """
    scene = said["scene"]
    first, last = scene["frames"]
    width, height = said["size_px"]
    shape = f"{width} {height} 0 0 {width} {height} {number(said['pixel_aspect'])} shot"
    nodes = [
        node(
            "Root", inputs=0, name=safe(scene["name"]), frame=first, first_frame=first,
            last_frame=last, lock_range="true", format=shape, colorManagement="OCIO",
            workingSpaceLUT=safe(scene["colourspace"]),
        ),
        node(
            "StickyNote", inputs=0, name="about",
            label=safe(
                f"{scene['name']}: paint on the layers of the canvas, write them to a file, "
                "and take it back with\nseamline canvas import FILE --from "
                f"{scene['name']} --by NAME --note TEXT"
            ),
        ),
    ]  # fmt: skip
    if said["plate"]:
        nodes.append(
            node(
                "Read", inputs=0, file=beside(printf_pattern(said["plate"])), first=first,
                last=last, origfirst=first, origlast=last, origset="true",
                colorspace=safe(said["plate_space"]), raw="false", name="plate",
            )
        )  # fmt: skip
        suggestion = said.get("suggestion")
        if suggestion is not None:
            nodes.append(suggested_cdl(suggestion, "suggested_for_live", 0))
    if scene["camera"]:
        nodes += _seen(said)
    else:
        nodes.append(_read_canvas(said))
    if said["plate"] and scene["camera"]:
        # The plate lies below the render on the stack: A over it, where A is painted.
        nodes.append(node("Merge2", inputs=2, operation="under", name="behind_plate"))
    nodes.append(node("Viewer", inputs=1, name="Viewer1"))
    return ("#! seamline\nversion 13.0 v1\n" + "".join(nodes)).encode()


def _seen(said: InPlace) -> list[str]:
    """Return a render of every layer on its mesh through the camera, back to front."""
    scene = said["scene"]
    # The stack's topmost is a node's input 0: the camera waits below, as the render's last.
    nodes = [node("Camera2", **camera_knobs(scene, x=-220, y=240))]
    nodes += [_read_canvas(said), "set Ncanvas [stack 0]\n"]
    for place, patch in enumerate(scene["patches"]):
        if place:
            nodes.append("push $Ncanvas\n")
        if not said["flat"]:
            nodes.append(
                node(
                    "Shuffle", **{"in": safe(patch["name"])}, name=f"layer_{patch['name']}",
                )
            )  # fmt: skip
        nodes.append(
            node(
                "ReadGeo2",
                file=beside(mesh_name(said["canvas"], patch["name"])),
                name=f"place_{patch['name']}",
                label=safe(f"{patch['distance_m']:g} m"),
            )
        )
    count = len(scene["patches"])
    nodes.append(node("Scene", inputs=count, name="painting"))
    nodes.append("push 0\n")  # no background
    nodes.append(
        node(
            "ScanlineRender", inputs=3, conservative_shader_sampling="false",
            motion_vectors_type="distance", name="through_the_lens",
        )
    )  # fmt: skip
    return nodes


def _read_canvas(said: InPlace) -> str:
    return node(
        "Read", inputs=0, file=beside(said["canvas"]), raw="false",
        colorspace=safe(said["scene"]["colourspace"]), name="canvas",
    )  # fmt: skip


def blender_in_place(said: InPlace) -> bytes:
    """
    Return a Python script that builds the shot in Blender 3.4 and later: ``blender -P FILE``.

    The canvas stands flat, all its layers over one another, on the backmost layer's mesh.
    """
    scene = said["scene"]
    patch = scene["patches"][0] if scene["patches"] else None
    facts = {
        "name": scene["name"],
        "frames": list(scene["frames"]),
        "rate": scene["rate"],
        "size_px": list(said["size_px"]),
        "pixel_aspect": said["pixel_aspect"],
        "canvas": said["canvas"],
        "plate": printf_pattern(said["plate"]) if said["plate"] else "",
        "camera": [_time(time) for time in scene["camera"]],
        "points": patch["points_m"].tolist() if patch else [],
        "uv": patch["uv"].tolist() if patch else [],
        "faces": np.asarray(patch["faces"]).tolist() if patch else [],
    }
    told = json.dumps(facts, sort_keys=True)
    return _BLENDER.replace("@FACTS@", repr(told)).encode()


def _time(time: CameraTime) -> Mapping[str, object]:
    return {
        "frame": time["frame"],
        "position_m": list(time["position_m"]),
        "world_from_camera": [float(v) for v in time["world_from_camera"]],
        "focal_length_mm": time["focal_length_mm"],
        "aperture_mm": list(time["aperture_mm"]),
        "offset_mm": list(time["offset_mm"]),
    }


_BLENDER = '''"""Shows an exported canvas in its shot. Run it with: blender -P THIS_FILE"""

import json
import os

import bpy
from mathutils import Matrix

FACTS = json.loads(@FACTS@)
HERE = os.path.dirname(os.path.abspath(__file__))
# Blender's world is Z up: (x, y, z) of the show is (x, -z, y) there.
UP = Matrix(((1, 0, 0, 0), (0, 0, -1, 0), (0, 1, 0, 0), (0, 0, 0, 1)))


def beside(path):
    return path if os.path.isabs(path) else os.path.join(HERE, path)


def set_up():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = FACTS["frames"]
    top, _, bottom = FACTS["rate"].partition("/")
    scene.render.fps, scene.render.fps_base = round(float(top)), float(bottom or 1)
    scene.render.resolution_x, scene.render.resolution_y = FACTS["size_px"]
    scene.render.resolution_percentage = 100
    # A pixel's width over its height; Blender wants both at least 1.
    scene.render.pixel_aspect_x = max(1.0, FACTS["pixel_aspect"])
    scene.render.pixel_aspect_y = max(1.0, 1.0 / FACTS["pixel_aspect"])
    scene.render.film_transparent = True
    scene.view_settings.view_transform = "Standard"
    return scene


def painting():
    mesh = bpy.data.meshes.new("canvas")
    points = [tuple((UP @ Matrix.Translation(p)).translation) for p in FACTS["points"]]
    mesh.from_pydata(points, [], FACTS["faces"])
    layer = mesh.uv_layers.new(name="canvas")
    for loop in mesh.loops:
        layer.data[loop.index].uv = FACTS["uv"][loop.vertex_index]
    image = bpy.data.images.load(beside(FACTS["canvas"]))
    image.colorspace_settings.name = linear(image)
    image.alpha_mode = "PREMUL"
    material = bpy.data.materials.new("canvas")
    material.use_nodes = True
    material.blend_method = "BLEND"
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    texture, light = nodes.new("ShaderNodeTexImage"), nodes.new("ShaderNodeEmission")
    clear, mix = nodes.new("ShaderNodeBsdfTransparent"), nodes.new("ShaderNodeMixShader")
    end = nodes.new("ShaderNodeOutputMaterial")
    texture.image, texture.extension = image, "CLIP"
    links.new(texture.outputs["Color"], light.inputs["Color"])
    links.new(texture.outputs["Alpha"], mix.inputs["Fac"])
    links.new(clear.outputs[0], mix.inputs[1])
    links.new(light.outputs[0], mix.inputs[2])
    links.new(mix.outputs[0], end.inputs["Surface"])
    mesh.materials.append(material)
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("canvas", mesh))


def linear(image):
    """Return Blender's name for light as it is stored, whatever its config calls it."""
    names = image.colorspace_settings.bl_rna.properties["name"].enum_items.keys()
    return next(n for n in ("Non-Color", "Raw", "Linear") if n in names)


def camera(scene):
    lens = bpy.data.cameras.new("shot")
    seen = bpy.data.objects.new("shot", lens)
    scene.collection.objects.link(seen)
    scene.camera = seen
    lens.sensor_fit, lens.clip_start, lens.clip_end = "HORIZONTAL", 0.01, 1e6
    for time in FACTS["camera"]:
        m = time["world_from_camera"]
        x, y, z = time["position_m"]
        pose = Matrix((m[0:3] + [x], m[3:6] + [y], m[6:9] + [z], [0, 0, 0, 1]))
        seen.matrix_world = UP @ pose
        wide = time["aperture_mm"][0]
        lens.sensor_width, lens.lens = wide, time["focal_length_mm"]
        lens.shift_x, lens.shift_y = (v / wide for v in time["offset_mm"])
        at = time["frame"]
        for path in ("location", "rotation_euler"):
            seen.keyframe_insert(path, frame=at)
        for path in ("lens", "sensor_width", "shift_x", "shift_y"):
            lens.keyframe_insert(path, frame=at)
    if FACTS["plate"]:
        first, last = FACTS["frames"]
        behind = lens.background_images.new()
        behind.image = bpy.data.images.load(beside(FACTS["plate"]) % first)
        behind.image.source = "SEQUENCE"
        user = behind.image_user
        user.frame_start, user.frame_offset = first, first - 1
        user.frame_duration = last - first + 1
        behind.display_depth, behind.alpha = "FRONT", 0.5
        lens.show_background_images = True


shot = set_up()
if FACTS["points"]:
    painting()
if FACTS["camera"]:
    camera(shot)
'''
