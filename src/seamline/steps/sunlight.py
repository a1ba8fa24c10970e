"""The sun of a painting: where it stands and what it gives, beside its lock and reference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seamline.checks.seen import PaintedSun
from seamline.optics.sines import direction_of
from seamline.pixels.light import direction_apart_deg
from seamline.pixels.picture import Image
from seamline.pixels.sun import DISC_DEG, angle_deg, measured_sun
from seamline.ports import Studio
from seamline.show.lock import Light
from seamline.show.reference import Reference
from seamline.steps import book
from seamline.steps.lighting import lit_of
from seamline.steps.painting import Painting, sheets
from seamline.steps.panorama import SUN_LINEAR
from seamline.steps.reference import sun_of
from seamline.steps.turning import locked_key

ALL_ROUND_DEG = 180.0
SUN_DEG = 0.27
"""Half the width of the sun's own disc."""
SKY, AIR = "sky", "air"
HIDES = 0.98
"""A layer that covers so much lets no disc through; one of a hundredth covers nothing."""


def painted_sun(studio: Studio, painting: Painting) -> PaintedSun | None:
    """Return the sun of ``painting``; None where no locked key stands in what is generated."""
    variation = painting.variation
    key = locked_key(book.lock(studio.ledger, variation.shot))
    if key is None:
        return None
    _, body = book.canvas_by_digest(studio.ledger, variation.ask.canvas_digest)
    arrays = studio.blobs.picture(str(body["arrays"])).channels
    elevation, azimuth = (arrays[n].astype(np.float32) for n in ("elevation", "azimuth"))
    directions = direction_of(elevation.astype(np.float64), azimuth.astype(np.float64))
    apart = angle_deg(directions, direction_of(np.array(key[1]), np.array(key[0])))
    row, column = np.unravel_index(int(apart.argmin()), apart.shape)
    need = arrays["need"] > 0
    if float(apart[row, column]) > _pixel_deg(elevation) or not need[row, column]:
        return None
    # What is brightest anywhere is the sun: one in the wrong place must be found there.
    shown = np.where(need[..., None], painting.flat[..., :3], np.float32(0))
    found = measured_sun(shown, elevation, azimuth, key, ALL_ROUND_DEG)
    disc = apart <= max(SUN_DEG, _pixel_deg(elevation))
    behind, hidden = before_the_sun(
        [(sheet.facts.name, sheet.rgba[..., 3]) for sheet in sheets(studio, variation)],
        disc, apart <= DISC_DEG,
    )  # fmt: skip
    source = _source(studio, painting)
    name = source.file_name if source else ""
    if hidden or found is None or found.peak < SUN_LINEAR:
        return PaintedSun(
            off_deg=None, energy_share=None, reference=name, behind=behind, hidden=hidden
        )
    off = direction_apart_deg(
        Light(key_azimuth_deg=found.azimuth_deg, key_elevation_deg=found.elevation_deg),
        Light(key_azimuth_deg=key[0], key_elevation_deg=key[1]),
    )
    own = None
    towards = direction_of(np.array(found.elevation_deg), np.array(found.azimuth_deg))
    near = angle_deg(directions, towards) <= DISC_DEG
    if (
        not behind
        and _is_whole(near, need)
        and source is not None
        and source.projection == "latlong"
    ):
        gain = lit_of(variation.ask).gains.get(source.id)
        sun = sun_of(studio.blobs.picture(source.master_digest), gain)
        own = sun.energy if sun else None
    return PaintedSun(
        off_deg=off,
        energy_share=found.energy / own if own else None,
        reference=name,
        behind=behind,
    )


def before_the_sun(
    layers: Sequence[tuple[str, Image]], disc: NDArray[np.bool_], glow: NDArray[np.bool_]
) -> tuple[str, bool]:
    """
    Return which layer stands before the locked sun, and whether all of its disc is hidden.

    Args:
        layers: Name and (H, W) alpha of each, back to front.
        disc: (H, W) where the sun's disc is.
        glow: (H, W) where its energy is counted.

    Only a sky that is a layer of its own has something before it; haze is no ridge.
    """
    if not layers or layers[0][0] != SKY:
        return "", False
    before = [(name, alpha) for name, alpha in layers[1:] if name != AIR]
    covers = [float(alpha[glow].mean()) for _, alpha in before]
    if not covers or max(covers) <= 1 - HIDES:
        return "", False
    through = np.ones(int(disc.sum()), np.float32)
    for _, alpha in before:
        through *= 1 - alpha[disc]
    return before[covers.index(max(covers))][0], bool((through <= 1 - HIDES).all())


def _is_whole(disc: NDArray[np.bool_], need: NDArray[np.bool_]) -> bool:
    """Whether a disc (H, W) is cut neither by the canvas's edge nor by what is live."""
    edge = disc[0].any() or disc[-1].any() or disc[:, 0].any() or disc[:, -1].any()
    return not edge and bool(need[disc].all())


def _pixel_deg(elevation: Image) -> float:
    """Return two pixels of a canvas in degrees, by its elevations (H, W)."""
    rows = int(elevation.shape[0])
    span = abs(float(elevation[0, 0]) - float(elevation[-1, 0]))
    return 2 * max(span / max(1, rows - 1), 1e-3)


def _source(studio: Studio, painting: Painting) -> Reference | None:
    """Return the panorama that gives most of the picture; where none gives any, what does."""
    known = book.references(studio.ledger)
    given = [known[i] for i, _ in painting.variation.shares if i in known]
    return next((r for r in given if r.projection == "latlong"), given[0] if given else None)
