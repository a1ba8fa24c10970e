"""
Seamline in Blender: a selection goes out from the compositor, and comes back merged.

Written for Blender 3.4, where the tests run it, and for the 5 series, whose compositor is
another (see ``versions``) and in which it has not been run.
"""

from __future__ import annotations

bl_info = {
    "name": "Seamline",
    "description": "Send a region of a shot to the studio's server; its painting comes back",
    "author": "The seamline authors",
    "version": (0, 1, 0),
    "blender": (3, 4, 0),
    "location": "Compositor > Sidebar > Seamline",
    "category": "Compositing",
}

import bpy

from . import asks, operators, panel, settings

CLASSES = (*settings.CLASSES, *operators.CLASSES, *panel.CLASSES)


def register() -> None:
    """Put panel, operators and settings into Blender; go on with asks that did not end."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.seamline = bpy.props.PointerProperty(type=settings.SeamlineScene)
    bpy.app.handlers.load_post.append(asks.after_load)


def unregister() -> None:
    """Take all of it out again; what was asked for goes on on the server."""
    asks.end()
    bpy.app.handlers.load_post.remove(asks.after_load)
    del bpy.types.Scene.seamline
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
