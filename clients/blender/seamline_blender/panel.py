"""The panel in the compositor's sidebar."""

from __future__ import annotations

import bpy

from .seamline_link import ENDED


class SeamlinePanel(bpy.types.Panel):
    """What is sent, and what came of it."""

    bl_idname = "NODE_PT_seamline"
    bl_label = "Seamline"
    bl_space_type = "NODE_EDITOR"
    bl_region_type = "UI"
    bl_category = "Seamline"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where a compositor is looked at."""
        return context.space_data.tree_type == "CompositorNodeTree"

    def draw(self, context: bpy.types.Context) -> None:
        """Show the settings, the button, and every ask with where it stands."""
        said, column = context.scene.seamline, self.layout.column()
        column.prop(said, "shot")
        column.prop(said, "region")
        if said.region == "BOX":
            column.prop(said, "box")
            column.operator("seamline.box_from_border")
        elif said.region == "MASK":
            column.prop(said, "mask")
        column.prop(said, "all_frames")
        if not said.all_frames:
            row = column.row(align=True)
            row.prop(said, "first")
            row.prop(said, "last")
        for name in ("variations", "seed", "generator", "references", "standing", "layer"):
            column.prop(said, name)
        column.prop(said, "with_scene")
        column.operator("seamline.send", icon="EXPORT")
        if any(ask.standing not in ENDED for ask in said.asks):
            column.operator("seamline.go_on")
        for ask in reversed(said.asks):
            box = self.layout.box()
            box.label(text=f"{ask.ask or ask.request[:16]}: {ask.says}")
            if ask.standing == "published":
                box.prop(ask, "variation")
            elif ask.standing not in ENDED:
                box.operator("seamline.cancel").request = ask.request


CLASSES = (SeamlinePanel,)
