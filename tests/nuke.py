"""As much of Nuke as a delivered script uses: what its nodes make of the delivered files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import PyOpenColorIO as OCIO

from seamline.formats.nk_read import Node, parse
from seamline.show.frames import frame_path
from tiny import TinyShow

HALF = 2.0**-10
"""One step of a half float, relative: a layer and the element are each rounded by half."""


class Nuke:
    """As much of Nuke as a delivery's script uses, for one frame; working in ACEScg."""

    def __init__(self, show: TinyShow, folder: Path, frame: int) -> None:
        self.show, self.folder, self.frame = show, folder, frame

    def picture(self, node: Node) -> np.ndarray:
        """(H, W, 4) that comes out of ``node``."""
        return getattr(self, node.kind)(node, [self.picture(n) for n in node.inputs if n])

    def Read(self, node: Node, _: list[np.ndarray]) -> np.ndarray:
        path = node.knobs["file"].replace("[file dirname [value root.name]]", str(self.folder))
        picture = self.show.studio.images.read(frame_path(path, self.frame))
        if not {"R", "A"} & picture.channels.keys():
            return np.zeros((*next(iter(picture.channels.values())).shape, 4))
        alpha = picture.channels.get("A")
        if node.knobs["raw"] == "true":
            assert alpha is not None
            return np.repeat(alpha[..., None].astype(np.float64), 4, axis=-1)
        rgb = self.show.studio.colour.convert(picture.rgb(), node.knobs["colorspace"], "ACEScg")
        solid = np.ones(rgb.shape[:2]) if alpha is None else alpha
        return np.concatenate([rgb, solid[..., None]], axis=-1).astype(np.float64)

    def Shuffle(self, node: Node, inputs: list[np.ndarray]) -> np.ndarray:
        (read,) = node.inputs
        assert read is not None
        assert read.kind == "Read"
        # Nuke has an underscore for every dot in a layer's name.
        stem = node.knobs["in"].replace("_", ".")
        path = frame_path(read.knobs["file"], self.frame)
        picture = self.show.studio.images.read(path, layer=stem)
        rgb = self.show.studio.colour.convert(picture.rgb(), read.knobs["colorspace"], "ACEScg")
        assert node.knobs["alpha"] == "white"
        return np.concatenate([rgb, np.ones((*rgb.shape[:2], 1))], axis=-1).astype(np.float64)

    def OCIOCDLTransform(self, node: Node, inputs: list[np.ndarray]) -> np.ndarray:
        (rgba,) = inputs
        alpha = rgba[..., 3:] if node.knobs.get("unpremult") == "rgba.alpha" else 1.0
        straight = np.where(alpha > 0, rgba[..., :3] / np.where(alpha > 0, alpha, 1), 0)
        cdl = OCIO.CDLTransform(
            *([float(v) for v in node.knobs[k].split()] for k in ("slope", "offset", "power")),
            float(node.knobs["saturation"]),
        )
        cdl.setStyle(OCIO.CDL_NO_CLAMP)
        config = OCIO.Config.CreateFromFile(str(self.folder / "config.ocio"))
        space = node.knobs["working_space"]
        steps = [
            OCIO.ColorSpaceTransform(src="ACEScg", dst=space), cdl,
            OCIO.ColorSpaceTransform(src=space, dst="ACEScg"),
        ]  # fmt: skip
        graded = np.ascontiguousarray(straight, np.float32)
        config.getProcessor(OCIO.GroupTransform(steps)).getDefaultCPUProcessor().applyRGB(
            graded
        )
        return np.concatenate([graded * alpha, rgba[..., 3:]], axis=-1)

    def Grade(self, node: Node, inputs: list[np.ndarray]) -> np.ndarray:
        """Nuke's reference: multiply x in + add, gamma 1; on straight colour, rgb alone."""
        (rgba,) = inputs
        assert (node.knobs["unpremult"], node.knobs["black_clamp"]) == ("rgba.alpha", "false")
        if node.knobs["disable"] == "true":
            return rgba
        add = np.array([float(v) for v in node.knobs["add"].split()][:3])
        alpha = rgba[..., 3:]
        straight = np.where(alpha > 0, rgba[..., :3] / np.where(alpha > 0, alpha, 1), 0)
        lit = (straight * float(node.knobs["multiply"]) + add) * alpha
        return np.concatenate([lit, alpha], axis=-1)

    def Multiply(self, node: Node, inputs: list[np.ndarray]) -> np.ndarray:
        assert node.knobs["channels"] == "rgba"
        return inputs[0] * float(node.knobs["value"])

    def Merge2(self, node: Node, inputs: list[np.ndarray]) -> np.ndarray:
        b, a = inputs[:2]
        if node.knobs["operation"] == "plus":
            assert node.knobs["output"] == "rgb"
            on = float(node.knobs["disable"] == "false")
            return np.concatenate([b[..., :3] + on * a[..., :3], b[..., 3:]], axis=-1)
        if node.knobs["operation"] == "multiply":
            assert node.knobs["output"] == "rgb"
            mix = float(node.knobs["mix"]) * (node.knobs["disable"] == "false")
            lit = b[..., :3] * (1 - mix * (1 - a[..., :3]))
            return np.concatenate([lit, b[..., 3:]], axis=-1)
        mask = inputs[2][..., 3:] if len(inputs) > 2 else 1.0
        return mask * (a + (1 - a[..., 3:]) * b) + (1 - mask) * b


def script_of(folder: Path, entry: dict[str, Any]) -> dict[str, Node]:
    nodes = parse((folder / f"{entry['id']}.nk").read_bytes())
    return {node.name or node.kind: node for node in nodes}
