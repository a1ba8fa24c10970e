"""
What differs between Blender 3.4 and the 5 series, and nothing else.

The 5 series' compositor is a node group of its own that ends in a Group Output; a switch is a
socket there. None of that part has been run: it follows the API's change log (4.5 to 5.0).
"""

from __future__ import annotations

import bpy

IMAGE = "Image"


def has_groups() -> bool:
    """Whether the compositor's tree is a group that a scene points to."""
    return "compositing_node_group" in bpy.types.Scene.bl_rna.properties


def tree_of(scene: bpy.types.Scene) -> bpy.types.NodeTree:
    """Return the scene's compositor tree, made if there is none."""
    if has_groups():
        if scene.compositing_node_group is None:
            made = bpy.data.node_groups.new("Compositing", "CompositorNodeTree")
            made.interface.new_socket(
                name=IMAGE, in_out="OUTPUT", socket_type="NodeSocketColor"
            )
            scene.compositing_node_group = made
        return scene.compositing_node_group
    scene.use_nodes = True
    return scene.node_tree


def end_of(tree: bpy.types.NodeTree) -> bpy.types.NodeSocket:
    """Return the socket that is rendered, made if there is none."""
    kind = "NodeGroupOutput" if has_groups() else "CompositorNodeComposite"
    node = next((n for n in tree.nodes if n.bl_idname == kind), None) or tree.nodes.new(kind)
    return node.inputs[IMAGE]


def factor_and_images(node: bpy.types.Node) -> list[bpy.types.NodeSocket]:
    """Return an Alpha Over's factor, what lies below and what lies above, by their types."""
    below, above = [s for s in node.inputs if s.type == "RGBA"][:2]
    (factor,) = [s for s in node.inputs if s.type == "VALUE" and s.name.startswith("Fac")]
    return [factor, below, above]


def set_switch(node: bpy.types.Node, on: bool) -> None:
    """Turn a Switch."""
    if hasattr(node, "check"):
        node.check = on
    else:
        node.inputs["Switch"].default_value = on


def imports_usd() -> bool:
    """Whether stages can be imported: builds of the 5 series; Debian's 3.4 has no USD."""
    return bpy.app.version >= (5, 0, 0) and "usd_import" in dir(bpy.ops.wm)
