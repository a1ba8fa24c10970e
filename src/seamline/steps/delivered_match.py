"""
A match on its way out: the element with all of it on, and its grain alone, as sequences.

The clean element and the numbers are delivered anyhow. These two are for hands that cannot
make the grain themselves, and for layers that a host has no node for. Where a match is a CDL
and nothing else there are none: element and ``.cc`` say it all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from seamline.pixels.comp import CompLayer
from seamline.pixels.foreground import live_layer
from seamline.pixels.picture import Image, Picture, rgb_channels
from seamline.ports import Studio
from seamline.show.frames import frame_path
from seamline.show.grain import GrainModel
from seamline.show.match import Match
from seamline.show.seam import Seam
from seamline.show.shot import Shot
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.canvas import linear
from seamline.steps.element import (
    Painting,
    element_frame,
    graded,
    headed,
    looked_at,
    painting,
    plate_frame,
    sheets,
    space_of,
    stamp_of,
)
from seamline.steps.ingest import read_matte
from seamline.steps.matched import (
    Grain,
    clear_sheet,
    grained,
    laid_on,
    own_pixels,
    spill_before,
)
from seamline.steps.plate_grain import grain_model

KINDS = ("matched", "grain")
"""The element with its match on, and the grain of it alone."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MatchSeen:
    """A version whose match is to be seen frame by frame."""

    version: Version
    match: Match
    painting: Painting
    graded: Painting | None
    clear: Image | float
    models: Mapping[str, GrainModel]
    seam: Seam | None


def seen_match(studio: Studio, version: Version) -> MatchSeen | None:
    """Return what is needed to see the version's match; None where it is a CDL alone."""
    match = version.match
    if match is None or not match.decides:
        return None
    variation = book.variation_of(studio.ledger, version)
    layers = sheets(studio, variation)
    shown = graded(studio, layers, version.grades)
    models = (
        {match.grain.model: grain_model(studio, match.grain.model)}
        if match.grain.changes
        else {}
    )
    return MatchSeen(
        version=version,
        match=match,
        painting=painting(studio, variation, layers),
        graded=painting(studio, variation, shown) if version.grades else None,
        clear=clear_sheet(shown, match.haze.visibility_m) if match.haze.changes else 1.0,
        models=models,
        seam=book.seam(studio.ledger, version.shot),
    )


def kinds_of(seen: MatchSeen | None) -> tuple[str, ...]:
    """Return which sequences there are: none, one or both of ``KINDS``."""
    if seen is None:
        return ()
    return KINDS if seen.models else KINDS[:1]


def match_pattern(element_id: str, kind: str) -> str:
    """Return where such a sequence lies in a delivery."""
    return f"match/{kind}/{element_id}_{kind}.%04d.exr"


def frames_of_match(
    studio: Studio, shot: Shot, seen: MatchSeen, frame: int
) -> list[tuple[str, Picture]]:
    """Return (kind, picture) of ``frame``; alpha is the element's."""
    plate = plate_frame(studio, shot, frame)
    version, space = seen.version, space_of(studio, shot)
    stamp = stamp_of(seen.painting.variation, version.id, version.render_key)
    if seen.graded is None:
        path = frame_path(studio.shelf.element_pattern(version.id), frame)
        element = studio.images.read(path)
    else:
        element = element_frame(studio, shot, seen.graded, plate, frame, stamp)
    live = None
    if seen.match.wrap.changes and shot.plate and seen.seam:
        matte = read_matte(studio, shot, seen.seam, frame)
        light = live_layer(linear(studio, shot, plate), matte)
        live = CompLayer(name="live", rgb=light, alpha=matte, live=True)
    clear = seen.clear
    if not isinstance(clear, float):
        clear = looked_at(studio, shot, seen.painting, plate, frame)(clear)[..., 0]
    own = own_pixels(seen.painting, plate.data_window)
    laid = laid_on(
        studio, space, element, seen.match, spill=spill_before(live), clear=clear, own=own
    )
    there = element.channels["A"] > 0
    grain = Grain(studio, dict(seen.models), frame, plate.data_window, there)
    with_it, alone = grained(studio, space, element, laid, seen.match, grain, own)
    pictures = dict(zip(KINDS, (with_it, alone), strict=True))
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
    space, match = space_of(studio, shot), seen.match
    files = {
        kind: {"pattern": match_pattern(version.id, kind), "colourspace": space}
        for kind in kinds_of(seen)
    }
    return {
        "matched": files["matched"],
        "grain": files.get("grain"),
        "adds_up": _is_linear(studio, space),
        "sigma_px": match.sharpness.sigma_px,
        "on": {name: layer.on for name, layer in match.layers},
        "changes": {name: layer.changes for name, layer in match.layers},
        "says": {name: layer.says for name, layer in match.layers},
    }


def _is_linear(studio: Studio, space: str) -> bool:
    """Whether light adds up in ``space``: then grain may be added after its conversion."""
    greys = np.array([[[0.02, 0.05, 0.1], [0.3, 0.2, 0.4], [0.32, 0.25, 0.5]]], np.float32)
    there = studio.colour.convert(greys, space, studio.colour.working_space)[0]
    return bool(np.allclose(there[0] + there[1], there[2], rtol=1e-4, atol=1e-5))
