"""
How soft an element must be made: its edges against the plate's, in the stillest frame.

Measured once and kept in the ledger: the plate's per canvas, the element's per painting. The
element has the shutter's smear and the canvas's sampling already; what is measured is what
lens, focus and sensor did besides, where the camera's move hides least of it. Where the view
is known at rest only edges that are hard there count. The plate's grain is laid on the
element before it is measured, so that grain tilts both alike.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from seamline.pixels.match import softened
from seamline.pixels.picture import Image, Picture
from seamline.pixels.sharpness import (
    Softening,
    Spread,
    softened_to,
    softening,
    spread_of,
)
from seamline.ports import Studio
from seamline.show.record import as_record, from_record, record_digest
from seamline.show.shot import Shot
from seamline.show.variation import FIXED, FROM, Variation
from seamline.steps import book
from seamline.steps.camera import camera
from seamline.steps.element import element_frame, plate_frame, space_of, through_the_lens
from seamline.steps.ingest import read_matte
from seamline.steps.painting import Painting, painting, sheets
from seamline.steps.plate_grain import PlateGrain, grain_model, stillest

MEASURES = 1
"""Raised when the same frames would give other spreads."""
KIND, SOFTENING = "edge spread", "edge softening"
COVERED = 0.999
HAND_SHARE = 0.1
"""Of a painting: so little by hand does not say how sharp the rest of it is. A few strokes have
few edges, but hard ones, and they would rule the sharper quarter."""
SEED = 1


def softness(
    studio: Studio, shot: Shot, variation: Variation, grain: PlateGrain | None
) -> Softening:
    """
    Return by how much the element of ``variation`` must be softened.

    A few strokes by hand change nothing of it: the painting beneath them is measured.
    """
    if shot.plate is None:
        return Softening(sigma_px=0.0, says="not matched: there is no plate")
    variation = beneath_strokes(studio, variation)
    track = camera(shot, book.lock(studio.ledger, shot.name))
    number = stillest(shot, track)
    shared = {
        "measures": MEASURES,
        "plate": shot.plate.digest,
        "canvas": variation.ask.canvas_digest,
        "frame": number,
        "camera": as_record(track) if track else None,
    }
    seam = book.seam(studio.ledger, shot.name)
    mine = {
        **shared,
        "layers": variation.layers_digest,
        "grain": grain.model if grain else "",
        "seam": {**as_record(seam.unshadowed), "version": 0, "matte": ""} if seam else None,
    }
    made: list[Painting] = []

    def painted() -> Painting:
        if not made:
            made.append(painting(studio, variation, sheets(studio, variation)))
        return made[0]

    plate = _kept(studio, shared, lambda: _plate_spread(studio, shot, painted(), number))
    if plate is None:
        return softening(Spread(sigma_px=0, low_px=0, high_px=0, edges=0), None)
    key = record_digest({**mine, "plate spread": as_record(plate)})
    for row in studio.ledger.rows(SOFTENING):
        if row.body["key"] == key:
            return from_record(Softening, row.body["softening"])
    found = softened_to(_element(studio, shot, painted(), grain, number), plate)
    studio.ledger.append_once(SOFTENING, key, {"key": key, "softening": as_record(found)})
    return found


def beneath_strokes(studio: Studio, variation: Variation) -> Variation:
    """Return what lies beneath a few strokes by hand; where they are many, the painting."""
    by_hand = sum(share for name, share in variation.shares if name.startswith("hand: "))
    if by_hand > HAND_SHARE:
        return variation
    beneath = variation
    said = dict(beneath.ask.settings)
    while FIXED in said and FROM in said:
        beneath = book.variation_by_ask(studio.ledger, beneath.shot, said[FROM])
        said = dict(beneath.ask.settings)
    return beneath


def _kept(
    studio: Studio, inputs: dict[str, object], measure: Callable[[], Spread | None]
) -> Spread | None:
    key = record_digest(inputs)
    for row in studio.ledger.rows(KIND):
        if row.body["key"] == key:
            standing = row.body["spread"]
            return from_record(Spread, standing) if standing else None
    found = measure()
    studio.ledger.append_once(
        KIND, key, {"key": key, "spread": as_record(found) if found else None}
    )
    return found


def _plate_spread(studio: Studio, shot: Shot, made: Painting, number: int) -> Spread | None:
    frame = plate_frame(studio, shot, number)
    rest = None
    known = known_on_canvas(studio, made)
    if known is not None:
        rest = at_rest(studio, shot, made, frame, known, number)
    return _spread(tone(studio, frame.rgb(), space_of(studio, shot)), None, rest)


def _element(
    studio: Studio, shot: Shot, made: Painting, grain: PlateGrain | None, number: int
) -> Callable[[float], Spread | None]:
    """Return what measures the element of frame ``number``, softened by so many pixels."""
    plate, space = plate_frame(studio, shot, number), space_of(studio, shot)
    working = studio.colour.working_space
    element = element_frame(studio, shot, made, plate, number, {})
    alpha = element.channels["A"].astype(np.float32)
    mask = alpha > COVERED
    mask &= read_matte(studio, shot, book.seam(studio.ledger, shot.name), number) < 1
    clean = studio.colour.convert(element.rgb(), space, working)
    rest = None
    if made.canvas.kind != "frame":
        rest = at_rest(studio, shot, made, plate, made.flat, number)
    model = grain_model(studio, grain.model) if grain is not None and grain.model else None
    field = np.zeros((3, 0, 0))
    if model is not None:
        height, width = mask.shape
        field = studio.grains.grain_field(
            model, height, width, frame=number, seed=SEED, origin=element.data_window[:2]
        )

    def measure(sigma_px: float) -> Spread | None:
        soft = softened(clean, alpha, sigma_px=sigma_px)
        rgb = studio.colour.convert(soft, working, space)
        if model is not None:
            whole = np.ones(mask.shape, np.float32)
            rgb = studio.grains.laid(model, rgb, field, whole)
        return _spread(tone(studio, rgb, space), mask, rest)

    return measure


def _spread(
    seen: Image, mask: np.ndarray | None, rest: tuple[Image, np.ndarray] | None
) -> Spread | None:
    if rest is None:
        return spread_of([seen], [mask])
    still, there = rest
    return spread_of([seen], [there if mask is None else there & mask], [still])


def at_rest(
    studio: Studio, shot: Shot, made: Painting, plate: Picture, layer: Image, number: int
) -> tuple[Image, np.ndarray]:
    """Return a frame's view of ``layer`` at rest, its tone, and where it is seen."""
    rgb, alpha = view_at_rest(studio, shot, made, plate, layer, number)
    return tone(studio, rgb, studio.colour.working_space), alpha > COVERED


def view_at_rest(
    studio: Studio, shot: Shot, made: Painting, plate: Picture, layer: Image, number: int
) -> tuple[Image, Image]:
    """Return a frame's view of ``layer`` at rest, (H, W, 3) working space, and its alpha."""
    seen = through_the_lens(studio, shot, made, plate, number, layer=layer, at_rest=True)
    return np.ascontiguousarray(seen[..., :3]), np.ascontiguousarray(seen[..., 3])


def known_on_canvas(studio: Studio, made: Painting) -> Image | None:
    """Return (H, W, 4) what the plate shows of the canvas; alpha 0 where nobody saw it."""
    if made.canvas.kind == "frame":
        return None
    _, body = book.canvas_by_digest(studio.ledger, made.variation.ask.canvas_digest)
    known = studio.blobs.picture(str(body["arrays"])).rgb()
    seen = (known != 0).any(axis=-1)
    return np.concatenate([known, seen[..., None].astype(np.float32)], axis=-1)


def tone(studio: Studio, rgb: Image, space: str) -> Image:
    """Return (H, W) log-coded green of (H, W, 3) in ``space``, finite."""
    coded: Image = studio.colour.convert(rgb, space, "ACEScct")[..., 1]
    return np.nan_to_num(coded, nan=0.0, posinf=1.5, neginf=0.0)
