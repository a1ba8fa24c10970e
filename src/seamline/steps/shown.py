"""
What is shown of a painting in a comp: its layers' grades and its match, ready frame by frame.

Rendering lays it on before the live action; a delivery hands it over by itself. Both go
through here, so that they cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from seamline.errors import TamperError
from seamline.pixels.comp import CompLayer
from seamline.pixels.digest import picture_digest
from seamline.pixels.foreground import live_layer, told_apart
from seamline.pixels.matte import Matte, drawn_around
from seamline.pixels.picture import Image, Picture
from seamline.pixels.veil import let_through
from seamline.ports import Studio
from seamline.show.frames import frame_path
from seamline.show.grain import GrainModel
from seamline.show.match import Match
from seamline.show.seam import Seam
from seamline.show.shot import Shot
from seamline.show.variation import LayerGrade, Variation
from seamline.steps import book
from seamline.steps.element import Stamp, element_frame, looked_at, space_of
from seamline.steps.ingest import display_window, linear, shadow_file
from seamline.steps.matched import Mask, Spill, clear_sheets, laid_on, own_pixels
from seamline.steps.painting import Painting, graded, painting, sheets
from seamline.steps.plate_grain import grain_model

LitBy = Callable[[Image], CompLayer]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """
    A painting and what is laid on it.

    Attributes:
        painting: As it was painted: the clean element's.
        graded: The same with its layers' grades; None where there are none.
        match: What is laid on.
        clear: The same whose light is how clear the air before it is; or one number.
        models: Grain models by the digest that the match names them by.
    """

    painting: Painting
    graded: Painting | None
    match: Match
    clear: Painting | float
    models: Mapping[str, GrainModel]


def shown(
    studio: Studio, variation: Variation, match: Match, grades: tuple[LayerGrade, ...]
) -> Shown:
    """Return ``variation`` with ``grades`` on its layers and ``match`` on all of it."""
    layers = sheets(studio, variation)
    seen = graded(studio, layers, grades)
    haze, grain = match.haze, match.grain
    clear = clear_sheets(seen, haze.visibility_m) if haze.changes else 1.0
    return Shown(
        painting=painting(studio, variation, layers),
        graded=painting(studio, variation, seen) if grades else None,
        match=match,
        clear=clear if isinstance(clear, float) else painting(studio, variation, clear),
        models={grain.model: grain_model(studio, grain.model)} if grain.changes else {},
    )


def shadow_before(studio: Studio, shot: Shot, match: Match, frame: int) -> Image | None:
    """
    Return (H, W, 3) what live action leaves of the floor's light; None where it is off.

    Raises:
        TamperError: The frame is not the one that was taken in with the seam.
    """
    seam = book.seam(studio.ledger, shot.name)
    if not match.shadow.changes or seam is None or not seam.shadow:
        return None
    found = shadow_file(studio, shot, seam, frame)
    taken_in = dict(zip(shot.frames, seam.shadow_digests, strict=False))
    if picture_digest(found) != taken_in.get(frame):
        raise TamperError(
            f"{frame_path(seam.shadow, frame)} is not the contact shadow that was taken in for "
            f"frame {frame}",
            remedy=f"If the new one is wanted: seamline seam set {shot.name} --shadow ...",
        )
    return found.rgb()


def live_before(studio: Studio, shot: Shot, plate: Picture, matte: Matte) -> CompLayer:
    """Return the live action of one frame, that stands before what is generated."""
    light = live_layer(linear(studio, shot, plate), matte)
    return CompLayer(name="live", rgb=light, alpha=matte, live=True)


def standing_before(
    studio: Studio, shot: Shot, seam: Seam, plate: Picture, matte: Matte
) -> tuple[CompLayer, LitBy]:
    """
    Return the live action of one frame as ``live_before`` does, and how it is lit anew.

    What lights it is (H, W, 3), linear, associated; without a veil it changes nothing.
    """
    light, own, behind = told_apart(linear(studio, shot, plate), matte)
    live = CompLayer(name="live", rgb=light, alpha=matte, live=True)
    if not seam.veil:
        return live, lambda new: live
    veil = drawn_around(seam.veil, display=display_window(shot), window=plate.data_window)

    def lit_by(new: Image) -> CompLayer:
        return replace(live, rgb=let_through(light, matte, veil, own, behind, new))

    return live, lit_by


def graded_frame(
    studio: Studio,
    shot: Shot,
    seen: Shown,
    plate: Picture,
    frame: int,
    element: Picture,
    stamp: Stamp,
) -> Picture:
    """Return ``frame`` with its layers' grades: ``element`` itself where there are none."""
    if seen.graded is None:
        return element
    return element_frame(studio, shot, seen.graded, plate, frame, stamp)


def matched_frame(
    studio: Studio,
    shot: Shot,
    seen: Shown,
    plate: Picture,
    frame: int,
    element: Picture,
    spill: Spill | None,
) -> tuple[Image, bool, Mask | None]:
    """
    Return ``element`` with all of the match on but its grain.

    Returns:
        The picture, (H, W, 3) working space; whether any layer changed it; and (H, W) where
        it is the plate's own pixel, None where nowhere.
    """
    clear: Image | float = 1.0
    if isinstance(seen.clear, float):
        clear = seen.clear
    else:
        clear = looked_at(studio, shot, seen.clear, plate, frame)(seen.clear.flat, None)[..., 0]
    own = own_pixels(seen.painting, plate.data_window)
    space = space_of(studio, shot)
    rgb, changed = laid_on(
        studio,
        space,
        element,
        seen.match,
        spill=spill,
        clear=clear,
        shadow=shadow_before(studio, shot, seen.match, frame),
        own=own,
    )
    return rgb, changed, own
