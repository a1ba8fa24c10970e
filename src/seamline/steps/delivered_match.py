"""
A match on its way out: the element with all of it on, and its grain alone, as sequences.

The clean element and the numbers are delivered anyhow. These two are for hands that cannot
make the grain themselves, and for layers that a host has no node for. Where a match is a CDL
and nothing else there are none: element and ``.cc`` say it all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from seamline.pixels.picture import Image, Picture, rgb_channels
from seamline.ports import Studio
from seamline.show.frames import frame_path
from seamline.show.seam import Seam
from seamline.show.shot import Shot
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.element import headed, plate_frame, space_of, stamp_of
from seamline.steps.ingest import read_matte
from seamline.steps.matched import (
    Grain,
    grained,
    spill_before,
)
from seamline.steps.shown import (
    Shown,
    graded_frame,
    live_before,
    matched_frame,
    shadow_before,
    shown,
)

KINDS = ("matched", "grain", "shadow")
"""The element with its match on, the grain of it alone, and the contact shadow."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MatchSeen:
    """A version whose match is to be seen frame by frame."""

    version: Version
    shown: Shown
    seam: Seam | None


def seen_match(studio: Studio, version: Version) -> MatchSeen | None:
    """Return what is needed to see the version's match; None where it is a CDL alone."""
    match = version.match
    if match is None or not match.decides:
        return None
    variation = book.variation_of(studio.ledger, version)
    return MatchSeen(
        version=version,
        shown=shown(studio, variation, match, version.grades),
        seam=book.seam(studio.ledger, version.shot),
    )


def kinds_of(seen: MatchSeen | None) -> tuple[str, ...]:
    """Return which sequences there are: none, one or both of ``KINDS``."""
    if seen is None:
        return ()
    there = (True, bool(seen.shown.models), seen.shown.match.shadow.changes)
    return tuple(kind for kind, has in zip(KINDS, there, strict=True) if has)


def match_pattern(element_id: str, kind: str) -> str:
    """Return where such a sequence lies in a delivery."""
    return f"match/{kind}/{element_id}_{kind}.%04d.exr"


def frames_of_match(
    studio: Studio, shot: Shot, seen: MatchSeen, frame: int
) -> list[tuple[str, Picture]]:
    """Return (kind, picture) of ``frame``; alpha is the element's."""
    plate = plate_frame(studio, shot, frame)
    version, space = seen.version, space_of(studio, shot)
    stamp = stamp_of(seen.shown.painting.variation, version.id, version.render_key)
    clean = studio.images.read(frame_path(studio.shelf.element_pattern(version.id), frame))
    element = graded_frame(studio, shot, seen.shown, plate, frame, clean, stamp)
    live = None
    if seen.shown.match.wrap.changes and shot.plate and seen.seam:
        live = live_before(studio, shot, plate, read_matte(studio, shot, seen.seam, frame))
    rgb, changed, own = matched_frame(
        studio, shot, seen.shown, plate, frame, element, spill_before(live)
    )
    there = element.channels["A"] > 0
    grain = Grain(studio, dict(seen.shown.models), frame, plate.data_window, there)
    with_it, alone = grained(
        studio, space, element, (rgb, changed), seen.shown.match, grain, own
    )
    pictures = {"matched": with_it, "grain": alone}
    dark = shadow_before(studio, shot, seen.shown.match, frame)
    if dark is not None:
        pictures["shadow"] = dark
    found = []
    for kind in kinds_of(seen):
        words = {**stamp, "seamline:match": kind}
        found.append((kind, _headed(studio, shot, plate, element, pictures[kind], words)))
    return found


def _headed(
    studio: Studio,
    shot: Shot,
    plate: Picture,
    element: Picture,
    rgb: Image,
    stamp: dict[str, str],
) -> Picture:
    half = element.channel_type == "half"
    channels = rgb_channels(rgb, "half" if half else "float")
    channels["A"] = element.channels["A"].astype(channels["R"].dtype)
    return headed(studio, shot, plate, channels, stamp)


def match_in_script(
    studio: Studio, shot: Shot, version: Version, seen: MatchSeen | None
) -> dict[str, Any] | None:
    """Return what a script is told of the match; None where it is a CDL alone."""
    if seen is None:
        return None
    space, match = space_of(studio, shot), seen.shown.match
    files = {
        kind: {"pattern": match_pattern(version.id, kind), "colourspace": space}
        for kind in kinds_of(seen)
    }
    if "shadow" in files:
        files["shadow"]["colourspace"] = studio.colour.working_space
    return {
        "matched": files["matched"],
        "shadow": files.get("shadow"),
        "shadow_amount": match.shadow.amount,
        "grain": files.get("grain"),
        "adds_up": _is_linear(studio, space),
        "sigma_px": match.sharpness.sigma_px,
        "haze": _haze(seen.shown),
        "on": {name: layer.on for name, layer in match.layers},
        "changes": {name: layer.changes for name, layer in match.layers},
        "says": {name: layer.says for name, layer in match.layers},
    }


def _haze(seen: Shown) -> dict[str, Any] | None:
    """Return the air as one node lays it on; None where it is off, or differs by place."""
    haze, clear = seen.match.haze, seen.clear
    if not haze.changes or not isinstance(clear, float):
        return None
    both = zip(haze.colour, haze.black, strict=True)
    return {"clear": clear, "added": tuple((1 - clear) * c + b for c, b in both)}


def _is_linear(studio: Studio, space: str) -> bool:
    """Whether light adds up in ``space``: then grain may be added after its conversion."""
    greys = np.array([[[0.02, 0.05, 0.1], [0.3, 0.2, 0.4], [0.32, 0.25, 0.5]]], np.float32)
    there = studio.colour.convert(greys, space, studio.colour.working_space)[0]
    return bool(np.allclose(there[0] + there[1], there[2], rtol=1e-4, atol=1e-5))
