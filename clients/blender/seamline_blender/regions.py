"""The region that is sent: a box in numbers, or a mask drawn into a matte on shared storage."""

from __future__ import annotations

import os

import bpy

from . import settings, versions, windows
from .seamline_link import Document, LinkError, frame_path


def region_of(scene: bpy.types.Scene, shot: Document, word: str) -> Document | None:
    """
    Return the region as it is sent; None where the shot's seam says it.

    Args:
        scene: Its settings say which.
        shot: What the server says of the shot: its format and frames.
        word: The request's; a matte is called by it.
    """
    said = scene.seamline
    if said.region == "BOX":
        return {"box": list(said.box)}
    if said.region == "MASK":
        if said.mask is None:
            raise LinkError("no mask is picked", "Pick one, or send a box.")
        return {"matte": _matte(scene, said.mask, shot, word)}
    return None


def border_box(scene: bpy.types.Scene) -> tuple[int, int, int, int]:
    """Return the render border as a box in pixels from the top left; all of it without one."""
    render = scene.render
    share = render.resolution_percentage / 100
    width, height = (round(v * share) for v in (render.resolution_x, render.resolution_y))
    if not render.use_border:
        return 0, 0, width, height
    left, right = (round(v * width) for v in (render.border_min_x, render.border_max_x))
    top, bottom = (round((1 - v) * height) for v in (render.border_max_y, render.border_min_y))
    return left, top, right - left, bottom - top


def _matte(scene: bpy.types.Scene, mask: bpy.types.Mask, shot: Document, word: str) -> str:
    """Draw ``mask`` for every frame of the shot, as a compositor does; return a pattern."""
    preferences = settings.preferences()
    folder = bpy.path.abspath(preferences.folder) if preferences else ""
    folder = folder or os.environ.get("SEAMLINE_HOST_FOLDER", "")
    if not folder:
        raise LinkError(
            "nothing says where a region's matte may be written",
            "Set the shared folder in the add-on's preferences.",
        )
    lie = _windows(shot)
    own = bpy.data.scenes.new("seamline region")
    try:
        own.render.resolution_x, own.render.resolution_y = lie[shot["frames"][0]][0][2:]
        own.render.resolution_percentage = 100
        own.frame_start, own.frame_end = shot["frames"]
        own.render.image_settings.file_format = "OPEN_EXR"
        own.render.image_settings.color_mode = "RGB"
        own.render.image_settings.color_depth = "32"
        own.render.image_settings.exr_codec = "ZIP"
        tree = versions.tree_of(own)
        tree.nodes.clear()
        drawn = tree.nodes.new("CompositorNodeMask")
        drawn.mask = mask
        tree.links.new(drawn.outputs[0], versions.end_of(tree))
        stem = os.path.join(os.path.abspath(folder), f"region_{word}.")
        own.render.filepath = stem + "####"
        bpy.ops.render.render(animation=True, scene=own.name)
    finally:
        bpy.data.scenes.remove(own)
    for frame, (data, display) in lie.items():
        windows.place(frame_path(stem + "%04d.exr", frame), data, display)
    return stem + "%04d.exr"


def _windows(shot: Document) -> dict[int, tuple[windows.Window, windows.Window]]:
    """
    Return where the plate's pixels lie, frame by frame: data and display window.

    Blender shows what the file holds, overscan and all, and a mask is drawn over that.
    """
    first, last = shot["frames"]
    frames = range(first, last + 1)
    shape, plate = shot["format"], shot["plate"]
    whole = (0, 0, shape["width_px"], shape["height_px"])
    if plate is None:
        return {frame: (whole, whole) for frame in frames}
    found = {}
    for frame in frames:
        lie = windows.windows_of(frame_path(plate["pattern"], frame))
        found[frame] = lie or (whole, whole)
    sizes = sorted({data[2:] for data, _ in found.values()})
    if len(sizes) > 1:
        raise LinkError(
            f"the plate's data window is {' and '.join(f'{w}x{h}' for w, h in sizes)}: "
            "Blender draws a mask at one size",
            "Send a box, in pixels of the frame from its top left.",
        )
    return found
