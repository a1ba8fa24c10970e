"""The region that is sent: a box in numbers, or a mask drawn into a matte on shared storage."""

from __future__ import annotations

import os

import bpy

from . import settings, versions
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
    _refuse_overscan(shot)
    own = bpy.data.scenes.new("seamline region")
    try:
        own.render.resolution_x = shot["format"]["width_px"]
        own.render.resolution_y = shot["format"]["height_px"]
        own.render.resolution_percentage = 100
        own.frame_start, own.frame_end = shot["frames"]
        own.render.image_settings.file_format = "OPEN_EXR"
        own.render.image_settings.color_mode = "RGB"
        own.render.image_settings.color_depth = "32"
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
    return stem + "%04d.exr"


def _refuse_overscan(shot: Document) -> None:
    """Refuse a mask over a plate that is larger in its file: where it lies is not known."""
    shape = shot["format"]
    if shot["plate"] is None:
        return
    path = frame_path(shot["plate"]["pattern"], shot["frames"][0])
    plate = bpy.data.images.load(path, check_existing=True)
    if tuple(plate.size) != (shape["width_px"], shape["height_px"]):
        raise LinkError(
            f"the plate's file holds {plate.size[0]}x{plate.size[1]} pixels, its frame "
            f"{shape['width_px']}x{shape['height_px']}: a mask drawn over it lies elsewhere",
            "Send a box, in pixels of the frame from its top left.",
        )
