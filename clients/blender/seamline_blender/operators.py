"""What the panel's buttons do: look at the settings, call one thing, say what went wrong."""

import bpy
from bpy.props import StringProperty

from . import asks, regions, settings
from .seamline_link import Document, LinkError, new_request


def wish_of(scene: bpy.types.Scene, shot: Document) -> Document:
    """Return what the scene's settings ask for, under a word of its own."""
    said, word = scene.seamline, new_request("blender")
    wish: Document = {
        "shot": said.shot,
        "variations": said.variations,
        "seed": said.seed,
        "request": word,
    }
    region = regions.region_of(scene, shot, word)
    if region is not None:
        wish["region"] = region
    if not said.all_frames:
        wish["frames"] = [said.first, said.last]
    names = [name.strip() for name in said.references.split(",") if name.strip()]
    if names:
        wish["references"] = names
    if said.generator:
        wish["generator"] = said.generator
    if said.standing:
        wish |= {"from": said.standing, "layer": said.layer}
        if region is not None:
            first, last = shot["frames"]
            wish["region_frame"] = min(max(scene.frame_current, first), last)
    return wish


class SendRegion(bpy.types.Operator):
    """Send the region to the server; Blender goes on meanwhile."""

    bl_idname = "seamline.send"
    bl_label = "Send"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask what the shot is, draw the region, and send."""
        try:
            shot = settings.link().shot(context.scene.seamline.shot)
            asks.begin(context.scene, wish_of(context.scene, shot))
        except LinkError as error:
            self.report({"ERROR"}, f"{error} {error.remedy}".strip())
            return {"CANCELLED"}
        return {"FINISHED"}


class CancelAsk(bpy.types.Operator):
    """Take this ask out of the queue."""

    bl_idname = "seamline.cancel"
    bl_label = "Cancel"
    request: StringProperty()

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Say so to the server."""
        try:
            asks.cancel(context.scene, self.request)
        except LinkError as error:
            self.report({"ERROR"}, f"{error} {error.remedy}".strip())
            return {"CANCELLED"}
        return {"FINISHED"}


class GoOn(bpy.types.Operator):
    """Go on with asks that have not ended: lost ones are sent again, and are the same."""

    bl_idname = "seamline.go_on"
    bl_label = "Go on"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Send them again."""
        try:
            asks.go_on(context.scene)
        except LinkError as error:
            self.report({"ERROR"}, f"{error} {error.remedy}".strip())
            return {"CANCELLED"}
        return {"FINISHED"}


class BoxFromBorder(bpy.types.Operator):
    """Take the render border as the box."""

    bl_idname = "seamline.box_from_border"
    bl_label = "From the render border"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Read it."""
        context.scene.seamline.box = regions.border_box(context.scene)
        return {"FINISHED"}


CLASSES = (SendRegion, CancelAsk, GoOn, BoxFromBorder)
