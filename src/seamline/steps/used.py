"""
Used regions: what of a reference stands in the pictures of the show, for its owner.

Counted is what somebody chose, signed or delivered, or everything that was painted; and
of that what is seen: not what another layer hides, nor what no frame shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from seamline.pixels.flatten import seen
from seamline.pixels.picture import Picture
from seamline.pixels.resample import resized
from seamline.pixels.used import Mask, outlined, used_region
from seamline.ports import Studio, Tile
from seamline.show.reference import Reference
from seamline.show.variation import Variation, Version
from seamline.steps import book
from seamline.steps.layers import FIRST_VIEW, shown_layers
from seamline.steps.reference import find
from seamline.steps.stale import Use, sent_out

PICTURE_PX = 1600
"""Width of the picture for the owner; the mask has the reference's own size."""
DIM = 0.3
LINE = (1.0, 0.78, 0.1)
"""Amber: not a colour of skies, rock or woods."""
LEAST = 1 / 512
"""Seen by less, a layer changes no half float: its pixels are not in the picture."""


def used(
    studio: Studio, word: str, *, shot: str | None = None, everything: bool = False
) -> dict[str, Any]:
    """
    Write what of reference ``word`` is used as a picture and a mask; return what they say.

    Args:
        studio: Ports.
        word: The reference's id, file name or stem.
        shot: Only this shot; by default all.
        everything: Count every variation that was painted, also those nobody picked.

    Returns:
        ``reference``, ``file``, ``owner``, ``area`` (share of the reference's pixels that
        are used), ``uses`` (shot, element, share of what is seen there, why, and for which
        use to which folder it was delivered), ``shots``
        (largest share in each), ``picture`` and ``mask`` (paths; none where nothing is
        used).

    Raises:
        ShowError: There is no such reference or shot.
    """
    reference = find(studio, word)
    if shot is not None:
        book.shot(studio.ledger, shot)
    reasons, sent = _reasons(studio), sent_out(studio)
    uses: list[Use] = []
    area = np.zeros((reference.height_px, reference.width_px), bool)
    for variation, element, why in _counted(studio, reasons, everything):
        share = dict(variation.shares).get(reference.id)
        if share is None or shot not in (None, variation.shot):
            continue
        uses.append(Use(shot=variation.shot, element=element, share=share, why=why))
        area |= _area(studio, variation, reference)
    said: dict[str, Any] = {
        "reference": reference.id,
        "file": reference.file_name,
        "owner": reference.owner,
        "area": round(float(area.mean()), 6),
        "uses": [
            {
                "shot": u.shot,
                "element": u.element,
                "share": u.share,
                "why": list(u.why),
                "deliveries": sent.get(u.element, []),
            }
            for u in uses
        ],
        "shots": _by_shot(uses),
        "picture": None,
        "mask": None,
    }
    if uses:
        said |= _written(studio, reference, area, uses, shot)
    return said


def _reasons(studio: Studio) -> dict[str, tuple[str, ...]]:
    """Return why each element counts: chosen, signed, delivered."""
    found: dict[str, list[str]] = {}
    for shot in dict.fromkeys(str(row.body["name"]) for row in studio.ledger.rows("shot")):
        choice = book.chosen(studio.ledger, shot)
        if choice is not None:
            found.setdefault(choice.element, []).append("chosen")
    for kind, word in (("sign-off", "signed"), ("delivery", "delivered")):
        for row in studio.ledger.rows(kind):
            words = found.setdefault(str(row.body["element"]), [])
            if word not in words:
                words.append(word)
    return {element: tuple(words) for element, words in found.items()}


def _counted(
    studio: Studio, reasons: dict[str, tuple[str, ...]], everything: bool
) -> list[tuple[Variation, str, tuple[str, ...]]]:
    """Return each variation that counts, once: its newest element that does, and why."""
    painted = {v.ask_digest: v for v in book.nouns(studio.ledger, "variation", Variation)}
    found: dict[str, tuple[Variation, str, tuple[str, ...]]] = {}
    for version in book.nouns(studio.ledger, "version", Version):
        why = reasons.get(version.id, ())
        standing = found.get(version.ask_digest)
        if why or (everything and (standing is None or not standing[2])):
            found[version.ask_digest] = (painted[version.ask_digest], version.id, why)
    return list(found.values())


def _area(studio: Studio, variation: Variation, reference: Reference) -> Mask:
    _, body = book.canvas_by_digest(studio.ledger, variation.ask.canvas_digest)
    need = studio.blobs.picture(str(body["arrays"])).channels["need"] > 0
    lineages = [
        studio.blobs.picture(facts.lineage_digest).channels for facts in shown_layers(variation)
    ]
    area = np.zeros((reference.height_px, reference.width_px), bool)
    visible = seen([at["alpha"] for at in lineages])
    for at, weight in zip(lineages, visible, strict=True):
        shown = need & (weight >= LEAST)
        for place, view in enumerate(variation.views):
            mine = shown & (at["source"] == place + FIRST_VIEW)
            if view == reference.id and mine.any():
                area |= used_region(
                    mine,
                    (at["view.x"], at["view.y"]),
                    (at["master.x"], at["master.y"]),
                    width_px=reference.width_px,
                    height_px=reference.height_px,
                )
    return area


def _by_shot(uses: Sequence[Use]) -> list[dict[str, Any]]:
    largest: dict[str, float] = {}
    for use in uses:
        largest[use.shot] = max(largest.get(use.shot, 0.0), use.share)
    return [{"shot": shot, "share": share} for shot, share in largest.items()]


def _written(
    studio: Studio, reference: Reference, area: Mask, uses: Sequence[Use], shot: str | None
) -> dict[str, str]:
    folder = f"{studio.shelf.root}/references"
    name = f"{reference.id}_used" + (f"_{shot}" if shot else "")
    picture, mask = f"{folder}/{name}.png", f"{folder}/{name}.exr"
    studio.shelf.make_folder(folder)
    studio.shelf.write(picture, _for_the_owner(studio, reference, area, uses))
    window = (0, 0, reference.width_px, reference.height_px)
    studio.images.write(
        mask,
        Picture(
            channels={"A": area.astype(np.float16)}, data_window=window, display_window=window
        ),
    )
    return {"picture": picture, "mask": mask}


def _for_the_owner(
    studio: Studio, reference: Reference, area: Mask, uses: Sequence[Use]
) -> bytes:
    width = min(PICTURE_PX, reference.width_px)
    height = max(1, round(reference.height_px * width / reference.width_px))
    rgb = np.nan_to_num(studio.blobs.picture(reference.master_digest).rgb(), posinf=65504.0)
    shown = studio.colour.for_viewing(resized(rgb, height, width))
    part = resized(area.astype(np.float32)[..., None], height, width)[..., 0] >= 0.5
    lines = [
        f"owner {reference.owner or 'unknown'}, {reference.licence or 'no licence'}; "
        f"{area.mean():.1%} of it is used",
        *(
            f"{use.element}: {use.share:.1%} of what is seen is from here"
            + (f" ({', '.join(use.why)})" if use.why else "")
            for use in sorted(uses, key=lambda use: -use.share)
        ),
    ]
    tile = Tile(
        rgb=outlined(shown, part, dim=DIM, line=LINE),
        title=reference.file_name,
        lines=tuple(lines),
    )
    title = f"{studio.settings.name}: used of {reference.file_name}"
    return studio.papers.contact_sheet([tile], title=title, columns=1, tile_px=width)
