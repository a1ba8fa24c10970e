"""A shot's camera and its painting's flat surfaces as a branch of a Nuke script."""

from __future__ import annotations

import re

from seamline.formats.nk_comp import NukeComp, Pictures
from seamline.formats.nk_nodes import read_node
from seamline.formats.nk_scene import camera_knobs, card_knobs, is_flat
from seamline.formats.nk_words import node, number, safe


def three_d(comp: NukeComp) -> list[str]:
    """Return the camera, and a render of the painting's flat surfaces through it."""
    scene = comp.get("scene")
    if not scene or not scene["camera"]:
        return []
    left = -1100
    # The stack's topmost is a node's input 0: the camera waits below, as the render's last.
    nodes = [node("Camera2", **camera_knobs(scene, x=left - 220, y=240))]
    flat = [patch for patch in scene["patches"] if is_flat(patch)]
    if not flat:
        words = f"The painting is not flat: scene/{comp['name']}.usda has it, with this camera."
        note = node("StickyNote", inputs=0, name="scene", label=safe(words), xpos=left, ypos=0)
        return [*nodes, note]
    for place, patch in enumerate(flat):
        x = left - 220 * place
        files: Pictures = {
            "pattern": f"scene/{patch['picture']}",
            "colourspace": scene["colourspace"],
        }
        name = re.sub(r"[^A-Za-z0-9_]", "_", patch["name"])
        nodes.append(read_node(comp, f"painted_{name}", files, x, 0, label="on its canvas"))
        nodes.append(node("Card2", **card_knobs(patch, name=f"card_{name}", x=x, y=120)))
    nodes.append(node("Scene", inputs=len(flat), name="painting", xpos=left, ypos=240))
    render = node(
        "ScanlineRender",
        inputs=3,
        shutter=number(scene["shutter_frames"]),
        shutteroffset="centred",
        name="painting_rendered",
        xpos=left,
        ypos=360,
    )
    return [*nodes, "push 0\n", render]
