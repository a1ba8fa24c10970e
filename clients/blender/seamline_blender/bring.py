"""Bring a painting in: nodes in the compositor; camera and surfaces in a collection."""

from __future__ import annotations

import json

import bpy

from . import build_scene, nodes
from .nodes import CannotBringError
from .seamline_link import Document

__all__ = ["CannotBringError", "bring_in"]


def bring_in(
    scene: bpy.types.Scene, ask: bpy.types.PropertyGroup, versions: list[Document]
) -> None:
    """
    Bring what came back into ``scene``, once: what stands there already is left alone.

    Raises:
        CannotBringError: Blender runs with a config that lacks one of the colour spaces, or
            the pictures cannot be laid over one another in it.
    """
    shape = versions[0]["format"]
    if shape["window_px"] is None:
        raise CannotBringError(
            "the plate's data window changes from frame to frame, and Blender reads a picture "
            "without its place"
        )
    nodes.build(scene, ask, versions)
    ask.returned = json.dumps(versions)
    first, last = versions[0]["frames"]
    scene.frame_start, scene.frame_end = first, last
    # Blender has no windows: what is rendered is all that the files hold, overscan included.
    _, _, width, height = shape["window_px"]
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.render.resolution_percentage = 100
    aspect = shape["pixel_aspect"]
    # A pixel's width over its height; Blender wants both at least 1.
    scene.render.pixel_aspect_x = max(1.0, aspect)
    scene.render.pixel_aspect_y = max(1.0, 1.0 / aspect)
    if scene.seamline.with_scene:
        build_scene.build(scene, versions[0])
