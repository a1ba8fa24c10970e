"""
Blender as a second camera: textured meshes rendered by Cycles on the CPU, read as numbers.

Blender's world is Z up and looks down its camera's -Z as ours does; the change of axes is
written out here by itself, so that a mistake in it would show. Surfaces shine with their
texture's own associated colour and let through what its alpha leaves: no light, no noise
but that of the samples within a pixel.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest

PROGRAM = shutil.which("blender")
needs_blender = pytest.mark.skipif(
    PROGRAM is None, reason="Blender is not installed here (Debian: apt-get install blender)"
)
SECONDS = 240

SCRIPT = r"""
import json, sys
import bpy
from mathutils import Matrix

said = json.load(open(sys.argv[-1]))
bpy.ops.wm.read_factory_settings(use_empty=True)
scene = bpy.context.scene
scene.render.engine = "CYCLES"
scene.cycles.device = "CPU"
scene.cycles.samples = said["samples"]
scene.cycles.use_denoising = False
scene.cycles.use_adaptive_sampling = False
scene.cycles.pixel_filter_type = "BOX"
scene.cycles.filter_width = 1.0
scene.cycles.transparent_max_bounces = 16
scene.cycles.max_bounces = 0
scene.render.threads_mode = "FIXED"
scene.render.threads = 2
scene.render.film_transparent = True
scene.render.use_motion_blur = said["shutter"] > 0
scene.render.motion_blur_shutter = said["shutter"] or 0.5
scene.cycles.motion_blur_position = "CENTER"
scene.render.resolution_x, scene.render.resolution_y = said["width"], said["height"]
scene.render.pixel_aspect_x = said["pixel_aspect"]
scene.render.image_settings.file_format = "OPEN_EXR"
scene.render.image_settings.color_depth = "32"
scene.render.image_settings.color_mode = "RGBA"
Z_UP = Matrix(((1, 0, 0, 0), (0, 0, -1, 0), (0, 1, 0, 0), (0, 0, 0, 1)))

def material(path):
    made = bpy.data.materials.new(path)
    made.use_nodes = True
    nodes, links = made.node_tree.nodes, made.node_tree.links
    nodes.clear()
    picture = bpy.data.images.load(path)
    picture.colorspace_settings.name = "Raw"
    picture.alpha_mode = "CHANNEL_PACKED"
    texture = nodes.new("ShaderNodeTexImage")
    texture.image, texture.interpolation, texture.extension = picture, "Linear", "CLIP"
    shine, clear = nodes.new("ShaderNodeEmission"), nodes.new("ShaderNodeBsdfTransparent")
    less, add = nodes.new("ShaderNodeMath"), nodes.new("ShaderNodeAddShader")
    less.operation, less.inputs[0].default_value = "SUBTRACT", 1.0
    links.new(texture.outputs["Color"], shine.inputs["Color"])
    links.new(texture.outputs["Alpha"], less.inputs[1])
    links.new(less.outputs[0], clear.inputs["Color"])
    links.new(shine.outputs[0], add.inputs[0])
    links.new(clear.outputs[0], add.inputs[1])
    links.new(add.outputs[0], nodes.new("ShaderNodeOutputMaterial").inputs["Surface"])
    return made

for number, one in enumerate(said["meshes"]):
    mesh = bpy.data.meshes.new(f"mesh{number}")
    mesh.from_pydata(one["vertices"], [], one["faces"])
    mesh.uv_layers.new().data.foreach_set("uv", one["uvs"])
    mesh.materials.append(material(one["texture"]))
    thing = bpy.data.objects.new(f"thing{number}", mesh)
    thing.matrix_world = Z_UP
    scene.collection.objects.link(thing)

lens = bpy.data.cameras.new("lens")
lens.sensor_fit, lens.sensor_width = "HORIZONTAL", said["sensor_width_mm"]
lens.clip_start, lens.clip_end = 0.01, 1e6
if said["polynomial"]:
    lens.type, lens.cycles.panorama_type = "PANO", "FISHEYE_LENS_POLYNOMIAL"
    lens.sensor_height = said["sensor_width_mm"] * said["height"] / said["width"]
    lens.cycles.fisheye_fov = 3.1
    for power, term in enumerate(said["polynomial"]):
        setattr(lens.cycles, f"fisheye_polynomial_k{power}", term)
camera = bpy.data.objects.new("camera", lens)
camera.rotation_mode = "QUATERNION"
scene.collection.objects.link(camera)
scene.camera = camera
for one in said["camera"]:
    r, p = one["world_from_camera"], one["position_m"]
    placed = Z_UP @ Matrix(((*r[0:3], p[0]), (*r[3:6], p[1]), (*r[6:9], p[2]), (0, 0, 0, 1)))
    camera.location, camera.rotation_quaternion, _ = placed.decompose()
    lens.lens = one["focal_length_mm"]
    camera.keyframe_insert("location", frame=one["frame"])
    camera.keyframe_insert("rotation_quaternion", frame=one["frame"])
    lens.keyframe_insert("lens", frame=one["frame"])
for owner in (camera, lens):
    for curve in owner.animation_data.action.fcurves:
        for key in curve.keyframe_points:
            key.interpolation = "LINEAR"
for frame in said["frames"]:
    scene.frame_set(frame)
    scene.render.filepath = f"{said['out']}/{frame}.exr"
    bpy.ops.render.render(write_still=True)
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mesh:
    """Vertices (N, 3) metres in our world, quads (M, 4), and (N, 2) UV from the lower left."""

    vertices: np.ndarray
    faces: np.ndarray
    uvs: np.ndarray
    rgba: np.ndarray
    """(H, W, 4) float32, associated."""


def grid_mesh(points: np.ndarray, rgba: np.ndarray) -> Mesh:
    """A mesh of (R, C, 3) points, row 0 the picture's top, that ``rgba`` is stretched over."""
    rows, columns, _ = points.shape
    number = np.arange(rows * columns).reshape(rows, columns)
    faces = np.stack([number[1:, :-1], number[1:, 1:], number[:-1, 1:], number[:-1, :-1]], -1)
    across, up = np.meshgrid(np.linspace(0, 1, columns), np.linspace(1, 0, rows))
    return Mesh(
        vertices=points.reshape(-1, 3), faces=faces.reshape(-1, 4),
        uvs=np.stack([across, up], -1).reshape(-1, 2), rgba=rgba,
    )  # fmt: skip


def rendered(
    folder: Path,
    meshes: list[Mesh],
    camera: list[dict[str, Any]],
    frames: list[int],
    *,
    size: tuple[int, int],
    sensor_width_mm: float,
    shutter: float = 0.0,
    samples: int = 16,
    pixel_aspect: float = 1.0,
    polynomial: tuple[float, ...] = (),
) -> dict[int, np.ndarray]:
    """
    Return (H, W, 4) associated by frame.

    ``camera``: frame, position_m, world_from_camera (nine numbers) and focal_length_mm of
    each keyframe; between them it moves evenly. ``polynomial``: five terms of a lens that
    bends: minus the angle off the axis, radians, over millimetres on the sensor.
    """
    assert PROGRAM is not None
    folder.mkdir(parents=True, exist_ok=True)
    told = []
    for number, mesh in enumerate(meshes):
        texture = folder / f"{number}.exr"
        _write(texture, mesh.rgba)
        told.append({
            "vertices": mesh.vertices.tolist(), "faces": mesh.faces.tolist(),
            "uvs": mesh.uvs[mesh.faces].reshape(-1).tolist(), "texture": str(texture),
        })  # fmt: skip
    said = {
        "samples": samples, "shutter": shutter, "width": size[0], "height": size[1],
        "pixel_aspect": pixel_aspect, "meshes": told, "sensor_width_mm": sensor_width_mm,
        "polynomial": polynomial, "camera": camera, "frames": frames,
        "out": str(folder / "out"),
    }  # fmt: skip
    (folder / "scene.json").write_text(json.dumps(said))
    (folder / "scene.py").write_text(SCRIPT)
    ran = subprocess.run(
        [PROGRAM, "-b", "--factory-startup", "--python-exit-code", "3", "--python",
         str(folder / "scene.py"), "--", str(folder / "scene.json")],
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    return {frame: _read(folder / "out" / f"{frame}.exr") for frame in frames}


def _write(path: Path, rgba: np.ndarray) -> None:
    spec = oiio.ImageSpec(rgba.shape[1], rgba.shape[0], 4, "float")
    spec.channelnames = ("R", "G", "B", "A")
    made = oiio.ImageBuf(spec)
    made.set_pixels(oiio.ROI(), np.ascontiguousarray(rgba, np.float32))
    assert made.write(str(path)), made.geterror()


def _read(path: Path) -> np.ndarray:
    picture = oiio.ImageBuf(str(path))
    pixels = picture.get_pixels("float")
    names = [name.rsplit(".", 1)[-1] for name in picture.spec().channelnames]
    return np.stack([pixels[..., names.index(n)] for n in "RGBA"], axis=-1)
