"""A match beyond its CDL as Nuke nodes: shadow, air, softness, grain; what no node can do."""

from __future__ import annotations

from seamline.formats.nk_comp import MatchNodes, NukeComp
from seamline.formats.nk_nodes import read_node
from seamline.formats.nk_words import node, number, safe, switch

FWHM = 2.3548
"""Nuke sizes a Gaussian blur by about its full width at half height: 2.3548 sigma."""


def with_match(comp: NukeComp, match: MatchNodes, graded: str, name: str, x: int) -> str:
    """Return ``graded`` with air before it, softened, grained; what is off is disabled."""
    nodes = graded
    shadow = match["shadow"]
    if shadow is not None:
        nodes = (
            read_node(comp, f"shadow{name}", shadow, x + 110, 180, label="contact shadow")
            + nodes
            + node(
                "Merge2",
                inputs=2,
                operation="multiply",
                output="rgb",
                mix=number(match["shadow_amount"]),
                disable=switch(match["on"]["shadow"] and match["shadow_amount"] <= 1),
                name=f"match_shadow{name}",
                xpos=x,
                ypos=210,
            )
        )
    haze = match.get("haze")
    if haze:
        nodes += node(
            "Grade",
            multiply=number(haze["clear"]),
            add="{" + " ".join(number(v) for v in (*haze["added"], 0.0)) + "}",
            black_clamp="false",
            unpremult="rgba.alpha",
            disable=switch(match["on"]["haze"]),
            name=f"match_haze{name}",
            xpos=x,
            ypos=225,
        )
    if match["sigma_px"] > 0:
        nodes += node(
            "Blur",
            channels="rgba",
            size=number(round(FWHM * match["sigma_px"], 4)),
            filter="gaussian",
            disable=switch(match["on"]["sharpness"]),
            name=f"match_sharpness{name}",
            label=safe(f"Gaussian, sigma {match['sigma_px']:g} px"),
            xpos=x,
            ypos=240,
        )
    grain = match["grain"]
    if grain is None:
        return nodes
    # What is under it on the stack is the A of a merge, so the grain is read first.
    return (
        read_node(comp, f"grain{name}", grain, x + 110, 240, label="the grain alone")
        + nodes
        + node(
            "Merge2",
            inputs=2,
            operation="plus",
            output="rgb",
            disable=switch(match["on"]["grain"] and match["adds_up"]),
            name=f"match_grain{name}",
            xpos=x,
            ypos=300,
        )
    )


def match_note(match: MatchNodes) -> str:
    """Return a note of every layer, on or off, and of what is left to the delivered frames."""
    words = ["The match, in the order it is laid on; match/matched has all of it on."]
    words += [
        f"{name} ({'on' if on else 'off'}): {match['says'][name]}"
        for name, on in match["on"].items()
    ]
    left_out = [n for n in ("haze", "wrap") if match["changes"][n]]
    if match.get("haze"):
        left_out.remove("haze")
    if left_out:
        words.append(f"No node stands for {' and '.join(left_out)}: use match/matched.")
    if match["shadow"] is not None and match["shadow_amount"] > 1:
        words.append("No merge deepens a shadow: use match/matched.")
    if match["grain"] is not None and not match["adds_up"]:
        words.append(
            "The plate's space is not linear: grain added here would be another; "
            "use match/matched."
        )
    return node(
        "StickyNote", inputs=0, name="match", label=safe("\n".join(words)), xpos=220, ypos=-140
    )
