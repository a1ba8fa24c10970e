"""Nodes that stand in every branch of a delivery's Nuke script: what is read, and a CDL."""

from __future__ import annotations

import re

from seamline.formats.nk_comp import Matte, NukeComp, Pictures
from seamline.formats.nk_words import beside, node, number, safe, vector
from seamline.show.cdl import CDL
from seamline.show.frames import printf_pattern


def read_node(
    comp: NukeComp, name: str, files: Pictures | Matte, x: int, y: int, *, label: str = ""
) -> str:
    """Return a ``Read`` of a sequence, in its colour space or, where it has none, raw."""
    first, last = comp["frames"]
    colour: dict[str, object] = {"raw": "true", "auto_alpha": "false"}
    space = files.get("colourspace")
    if space is not None:
        colour = {"colorspace": safe(str(space)), "raw": "false", "auto_alpha": "true"}
    return node(
        "Read",
        inputs=0,
        file=beside(printf_pattern(files["pattern"])),
        format=root_format(comp),
        first=first,
        last=last,
        origfirst=first,
        origlast=last,
        origset="true",
        on_error="error",
        **colour,
        name=name,
        **({"label": safe(label)} if label else {}),
        xpos=x,
        ypos=y,
    )


def cdl_node(
    cdl: CDL, name: str, x: int, y: int = 120, *, label: str = "", **knobs: object
) -> str:
    """Return a grade in the space it was made in, at the place ``x``, ``y`` of the graph."""
    return node(
        "OCIOCDLTransform",
        slope=vector(cdl.slope),
        offset=vector(cdl.offset),
        power=vector(cdl.power),
        saturation=number(cdl.saturation),
        working_space=safe(cdl.working_space),
        **knobs,
        name=name,
        label=safe(label or f"{cdl.id} in {cdl.working_space}"),
        xpos=x,
        ypos=y,
    )


def suggested_cdl(cdl: CDL, name: str, x: int) -> str:
    """Return a node with a grade that nobody has looked at: switched off, and said so."""
    label = f"{cdl.description}\nSwitch it on to see it; in {cdl.working_space}"
    return cdl_node(cdl, name, x, 160, label=label, disable="true")


def root_format(comp: NukeComp) -> str:
    """Return the format of the shot's frames, by name."""
    width, height = comp["width_px"], comp["height_px"]
    aspect = number(comp["pixel_aspect"])
    name = re.sub(r"[^A-Za-z0-9_]", "_", comp["name"])
    return f"{width} {height} 0 0 {width} {height} {aspect} {name}"
