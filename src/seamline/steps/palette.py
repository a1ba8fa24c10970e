"""
Lay references out for a generator: at the canvas's own sampling, in its encoding.

A flat reference becomes one view. A panorama becomes several overlapping
perspective views of the directions the canvas looks to, so that every view has
the perspective of a camera. All are brought to the locked light first: gain and way round
by ``steps.lighting``, the turn of a panorama by ``steps.turning``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamline.errors import FormatError
from seamline.pixels.picture import Image, Picture, as_float
from seamline.pixels.resample import resized, resized_part
from seamline.pixels.skies import sky_all_over
from seamline.pixels.sun import stands_deg
from seamline.ports import CanvasPicture, CardView, ReferencePicture, Studio
from seamline.show.card import Card
from seamline.show.reference import Reference
from seamline.steps.domes import sun_in_sky
from seamline.steps.later_skies import LaterSkies, glance_step, master_of
from seamline.steps.lighting import Gain, Lit
from seamline.steps.panorama import View, key_of, panorama_views
from seamline.steps.reference import SUN_WIDTH_PX
from seamline.steps.together import ahead

SMALLEST_PX = 48
SMALLEST_CARD_PX = 16
"""Two patches: a card that is less high or wide on the canvas is a sliver."""
LEAST_WEIGHT = np.float32(1e-3)
"""Of a transparent pixel's colour beside a solid one's 1."""
SKIES, LEAST_SKIES = 36, 2
"""Of all panoramas together, three times as many as variations are usually asked for, because
land hides some and others differ too little; of each, at least."""
LARGE_PX = 16_000_000
"""Pictures of more pixels are opened one at a time."""
PLATE_ID = "plate"
"""What the plate is called where it is copied from like a reference."""


def views_for(
    studio: Studio,
    references: Sequence[Reference],
    cards: Mapping[str, Sequence[Card]],
    canvas: CanvasPicture,
    lit: Lit,
    encoding: str,
) -> list[ReferencePicture]:
    """
    Return all views that a generator is handed for ``canvas``, in their order.

    Whole pictures first, then the approved ``cards`` of each reference, by its id.
    Lineage counts them, so the same references must give the same views again.
    """
    skies = skies_each(references, canvas)
    later = _later_skies(studio, references, canvas, lit, encoding)
    large = Lock()

    def whole(reference: Reference) -> list[ReferencePicture]:
        gain = lit.gains.get(reference.id)
        # Two masters of a panorama at once would be a gigabyte.
        with large if reference.width_px * reference.height_px > LARGE_PX else nullcontext():
            found = lay_out(
                studio, reference, canvas, encoding, gain=gain, skies=skies, later=later
            )
        around = plate_view(canvas, reference.id)
        return [
            *(view if view.dome is not None else _as_shown(view, lit) for view in found),
            *([around] if around is not None else []),
        ]

    def carded(reference: Reference, card: Card) -> list[ReferencePicture]:
        gain = lit.gains.get(reference.id)
        found = card_views(studio, reference, (card,), canvas, encoding, gain=gain)
        return [_as_shown(view, lit) for view in found]

    jobs: list[Callable[[], list[ReferencePicture]]]
    jobs = [partial(whole, reference) for reference in references]
    jobs += [partial(carded, r, card) for r in references for card in cards.get(r.id, ())]
    return [view for views in ahead(studio, lambda job: job(), jobs) for view in views]


def lay_out_later(
    studio: Studio,
    references: Sequence[Reference],
    canvas: CanvasPicture,
    lit: Lit,
    encoding: str,
    views: Sequence[ReferencePicture],
) -> None:
    """Have ``views`` that came from elsewhere, laid out by ``views_for`` of these, be whole."""
    _later_skies(studio, references, canvas, lit, encoding).lay_out_later(views)


def _later_skies(
    studio: Studio,
    references: Sequence[Reference],
    canvas: CanvasPicture,
    lit: Lit,
    encoding: str,
) -> LaterSkies:
    def coded(reference: Reference, view: View, all_sky: bool) -> ReferencePicture:
        gain = lit.gains.get(reference.id)
        return _coded(studio, reference, view, canvas, encoding, gain, all_sky)

    return LaterSkies(studio, references, canvas, coded)


def skies_each(references: Sequence[Reference], canvas: CanvasPicture) -> int:
    """
    Return in how many ways each panorama's sky is set, so that all are ``SKIES``.

    Where a sun is locked in the picture and those of some can stand there, only they count.
    """
    panoramas = [r for r in references if r.projection == "latlong"]
    lit = 0
    if canvas.key_deg is not None and sun_in_sky(canvas, canvas.key_deg):
        keys = [key_of(r, canvas) for r in panoramas]
        lit = sum(
            k is not None and stands_deg(k, canvas.key_deg) == canvas.key_deg for k in keys
        )
    return max(LEAST_SKIES, -(-SKIES // max(1, lit or len(panoramas))))


def _as_shown(view: ReferencePicture, lit: Lit) -> ReferencePicture:
    """Return ``view`` the way round that the lock's light asks for."""
    if view.id in lit.held:
        card = view.card and replace(view.card, mirror=False)
        view = replace(view, mirror=False, card=card)
    if view.id not in lit.mirrored:
        return view
    width, card = view.usable.shape[1], view.card
    if card is not None:
        first, end = card.columns
        card = replace(
            card,
            alpha=_exchanged(card.alpha),
            hidden=_exchanged(card.hidden),
            columns=(width - end, width - first),
        )
    return replace(
        view,
        colour=_exchanged(view.colour),
        usable=_exchanged(view.usable),
        master_x=_exchanged(view.master_x),
        master_y=_exchanged(view.master_y),
        card=card,
    )


def _exchanged(plane: NDArray[Any]) -> NDArray[Any]:
    """Return (H, W, ...) ``plane`` with left and right exchanged."""
    return np.ascontiguousarray(plane[:, ::-1])


def _times(light: Image, gain: Gain | None) -> Image:
    return light if gain is None else light * np.array(gain, np.float32)


def lay_out(
    studio: Studio,
    reference: Reference,
    canvas: CanvasPicture,
    encoding: str,
    *,
    gain: Gain | None = None,
    skies: int = LEAST_SKIES,
    later: LaterSkies | None = None,
) -> list[ReferencePicture]:
    """
    Return the views of ``reference`` that a generator is handed for ``canvas``.

    Their light is multiplied by ``gain`` in the working space, before it is encoded. A
    panorama's sky is set over the canvas in up to ``skies`` ways, whole by ``later``.

    Raises:
        FormatError: At the canvas's sampling the reference is too small to paint from.
    """
    rgb, may = master_of(studio, reference)
    latlong = reference.projection == "latlong"
    all_sky = latlong and sky_all_over(_small(rgb))
    step = 1
    if latlong:
        step = 1 if later is None else glance_step(canvas.need.shape[1])
        views = panorama_views(
            reference, rgb, may, canvas, studio.optics, skies=skies, all_sky=all_sky, step=step
        )
    else:
        views = [_flat(reference, rgb, may, canvas)]
    coded = []
    for view in views:
        rows, columns = view.may.shape
        if min(rows, columns) < SMALLEST_PX and view.dome is None and not view.around:
            raise FormatError(
                f"reference {reference.file_name} is {columns}x{rows} pixels at "
                f"the canvas's {canvas.px_per_deg:.1f} pixels per degree, too small to paint "
                "from",
                remedy="Add a larger picture, or say its true field of view with --hfov.",
            )
        found = _coded(studio, reference, view, canvas, encoding, gain, all_sky)
        if later is not None and view.dome is not None and step > 1:
            found = later.later(found, step)
        coded.append(found)
    return coded


def _coded(
    studio: Studio,
    reference: Reference,
    view: View,
    canvas: CanvasPicture,
    encoding: str,
    gain: Gain | None,
    all_sky: bool,
) -> ReferencePicture:
    """Return a view of ``reference`` in the locked light, encoded."""
    return ReferencePicture(
        id=reference.id,
        look=reference.id,
        colour=studio.colour.convert(
            _times(view.light, gain), studio.colour.working_space, encoding
        ),
        usable=view.may >= 0.999,
        elevation_deg=view.elevation_deg,
        azimuth_deg=view.azimuth_deg,
        key_deg=key_of(reference, canvas),
        all_sky=all_sky,
        master_x=view.x,
        master_y=view.y,
        dome=view.dome,
        around=view.around,
    )


def _small(panorama: Image) -> Image:
    """Return ``panorama`` (H, W, 3) at most ``SUN_WIDTH_PX`` wide."""
    if panorama.shape[1] <= SUN_WIDTH_PX:
        return panorama
    return resized(panorama, SUN_WIDTH_PX // 2, SUN_WIDTH_PX)


def card_views(
    studio: Studio,
    reference: Reference,
    cards: Sequence[Card],
    canvas: CanvasPicture,
    encoding: str,
    *,
    gain: Gain | None = None,
) -> list[ReferencePicture]:
    """
    Return a view of each of ``cards``, approved ones of ``reference``, for ``canvas``.

    A view is the box around its card at the scale of the reference's whole view. Cards
    that are smaller than a patch there are left out.
    """
    views = []
    for card in cards:
        view = _card_view(studio, reference, card, canvas, encoding, gain)
        if min(view.usable.shape) >= SMALLEST_CARD_PX:
            views.append(view)
    return views


def _card_view(
    studio: Studio,
    reference: Reference,
    card: Card,
    canvas: CanvasPicture,
    encoding: str,
    gain: Gain | None,
) -> ReferencePicture:
    picture = studio.blobs.picture(card.picture_digest)
    left, top, width, height = picture.data_window
    full_h, full_w = reference.height_px, reference.width_px
    h, w = _flat_size(reference, canvas)
    alpha = as_float(picture.channels["A"])[..., None]
    # Where the card is transparent its colour is made up: it must not tint the edge.
    packed = np.concatenate([picture.rgb() * (alpha + LEAST_WEIGHT), alpha], axis=-1)
    small, (row, column) = resized_part(packed, (top, left), (full_h, full_w), (h, w))
    light = np.ascontiguousarray(small[..., :3] / (small[..., 3:] + LEAST_WEIGHT))
    ys, xs = (
        np.clip(((np.arange(n) + first + 0.5) * (full / size)).astype(np.int64) - at, 0, most)
        for n, first, full, size, at, most in (
            (small.shape[0], row, full_h, h, top, height - 1),
            (small.shape[1], column, full_w, w, left, width - 1),
        )
    )
    near = {
        name: picture.channels[name][ys][:, xs] for name in ("hidden", "source.x", "source.y")
    }
    sides = [round(edge * w / full_w) - column for edge in card.columns]
    first, end = (min(max(side, 0), small.shape[1]) for side in sides)
    return ReferencePicture(
        id=reference.id,
        look=reference.id,
        colour=studio.colour.convert(
            _times(light, gain), studio.colour.working_space, encoding
        ),
        usable=np.ones(small.shape[:2], np.bool_),
        elevation_deg=None,
        master_x=near["source.x"].astype(np.float32) + np.float32(0.5),
        master_y=near["source.y"].astype(np.float32) + np.float32(0.5),
        card=CardView(
            id=card.id,
            label=card.label,
            alpha=np.ascontiguousarray(small[..., 3]),
            hidden=near["hidden"] > 0,
            base_row=card.base_row * h / full_h - row,
            columns=(first, end),
            mirror=card.mirror,
            distance_m=card.distance_m,
        ),
    )


def plate_view(canvas: CanvasPicture, look: str) -> ReferencePicture | None:
    """
    Return the plate around a hole as one more view to copy from, or None.

    What is kept may be copied, the margin apart: what is painted there is compared
    with the plate, and a copy could not fail.
    """
    usable = (canvas.keep == 1) & ~canvas.margin
    if not usable.any() or min(usable.shape) < SMALLEST_PX:
        return None
    height, width = usable.shape
    columns, lines = np.meshgrid(
        (np.arange(width) + 0.5).astype(np.float32),
        (np.arange(height) + 0.5).astype(np.float32),
    )
    return ReferencePicture(
        id=PLATE_ID,
        look=look,
        colour=canvas.known,
        usable=usable,
        elevation_deg=canvas.elevation_deg,
        master_x=columns,
        master_y=lines,
    )


def _flat(reference: Reference, rgb: Image, may: Image, canvas: CanvasPicture) -> View:
    height, width = may.shape
    h, w = _flat_size(reference, canvas)
    if may.all():
        light, share = resized(rgb, h, w), np.ones((h, w, 1), np.float32)
    else:
        light, share = resized(rgb * may[..., None], h, w), resized(may[..., None], h, w)
        light = (light / np.maximum(share, np.float32(1e-3))).astype(np.float32, copy=False)
    columns, lines = np.meshgrid(
        ((np.arange(w) + 0.5) * (width / w)).astype(np.float32),
        ((np.arange(h) + 0.5) * (height / h)).astype(np.float32),
    )
    return View(
        light=light, may=share[..., 0], elevation_deg=None, azimuth_deg=None, x=columns, y=lines
    )


def _flat_size(reference: Reference, canvas: CanvasPicture) -> tuple[int, int]:
    """Return the rows and columns of a flat reference at the canvas's sampling."""
    # A flat picture is a plane: its focal length, not degrees per pixel, is what must agree.
    focal = canvas.px_per_deg * 180 / math.pi
    scale = 2 * focal * math.tan(math.radians(reference.hfov_deg / 2)) / reference.width_px
    return max(1, round(reference.height_px * scale)), max(1, round(reference.width_px * scale))


def seen_in_master(picture: Picture, x: float, y: float) -> tuple[int, int]:
    """Return the master's pixel (column, row) at (x, y), kept within it."""
    _, _, width, height = picture.data_window
    return min(max(int(x), 0), width - 1), min(max(int(y), 0), height - 1)
