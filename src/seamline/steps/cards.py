"""
Cards: take a reference apart once, look at what came out, approve it by name.

A proposal writes its pictures to the blobs, a picture to look at beside the references,
and last one row that makes its cards exist. Nothing is approved by proposing, and nothing
is proposed again unless somebody says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seamline.errors import InputError, ShowError
from seamline.pixels.cards import CardPixels, CutLayer, Master
from seamline.pixels.digest import picture_digest
from seamline.pixels.picture import Picture, Plane
from seamline.ports import CardMaker, Studio, Tile
from seamline.show.card import LABELS, Card
from seamline.show.record import as_record, record_digest
from seamline.show.reference import Reference
from seamline.steps import book
from seamline.steps.cardsheet import card_sheet, card_tile

PROPOSAL = "proposal"
"""What is said to have drawn a mask that the tool found by itself."""
MOST_COMPLETIONS = 12
SEARCH_PX = 1600
"""Matches are sought on a picture at most so wide: beyond it time grows and little else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of one proposal."""

    lines: str = ""
    """Path of the artist's drawing; empty for the tool's own proposal."""
    completions: int = 3
    seed: int = 1
    """Seed of the first completion."""
    mirror: tuple[str, ...] = ()
    """Labels whose light allows left and right to be exchanged."""
    distances: tuple[tuple[str, float], ...] = ()
    """(label, metres)."""
    search_px: int = SEARCH_PX


def propose(
    studio: Studio, reference: Reference, wanted: Wanted, *, again: bool = False
) -> tuple[list[Card], str]:
    """
    Return the cards that ``wanted`` gives, and the path of the picture to look at.

    The same words again find the cards that stand; ``again`` makes new ones beside them.

    Raises:
        InputError: A panorama; a label that is none; nothing can be cut or completed.
        FormatError: The drawing is none.
        LeaseError: Another process takes this reference apart.
    """
    _check(reference, wanted)
    said = _said(studio, reference, wanted)
    with studio.shelf.lease(f"cards-{reference.id}"):
        rows = [r for r in studio.ledger.rows("cards") if r.body["reference"] == reference.id]
        same = [row for row in rows if row.body["wanted"] == said]
        if same and not again:
            names = {body["id"] for body in same[-1].body["cards"]}
            known = book.cards(studio.ledger, reference.id)
            return [c for c in known if c.id in names], str(same[-1].body["sheet"])
        sheet = f"{studio.shelf.root}/references/{reference.id}_cards_{len(rows) + 1:02d}.png"
        cards, tiles = _make(studio, reference, wanted)
        if wanted.lines:
            studio.blobs.put_file(wanted.lines)
        studio.shelf.write(sheet, card_sheet(studio, reference, tiles))
        body = {
            "reference": reference.id,
            "wanted": said,
            "cards": [as_record(card) for card in cards],
            "sheet": sheet,
        }
        key = record_digest({"wanted": said, "number": len(rows) + 1})
        studio.ledger.append_once("cards", key, body)
    return cards, sheet


def _check(reference: Reference, wanted: Wanted) -> None:
    if reference.projection != "flat":
        raise InputError(
            f"{reference.file_name} is a panorama; cards are cut from flat pictures",
            remedy="Add a flat view of it as a reference of its own, and cut that.",
        )
    if not 1 <= wanted.completions <= MOST_COMPLETIONS:
        raise InputError(
            f"{wanted.completions} completions were asked for, expected 1 to "
            f"{MOST_COMPLETIONS}",
            remedy="Give --completions a number in that range.",
        )
    for label in (*wanted.mirror, *(name for name, _ in wanted.distances)):
        if label not in LABELS:
            raise ShowError(
                f"there is no card label {label!r}", remedy=f"Use {', '.join(LABELS)}."
            )
    for label, distance in wanted.distances:
        if not 0 < distance < float("inf"):
            raise InputError(
                f"{label} cannot be {distance:g} m away", remedy="Say metres, above 0."
            )


def _said(studio: Studio, reference: Reference, wanted: Wanted) -> dict[str, object]:
    """Return all that decides what a proposal gives, as it stands in its row."""
    lines = studio.shelf.file_sha256(wanted.lines) if wanted.lines else ""
    return {
        "master": reference.master_digest,
        "lines_sha256": lines,
        "completions": wanted.completions,
        "seed": wanted.seed,
        "mirror": sorted(set(wanted.mirror)),
        "distances": sorted([name, float(m)] for name, m in dict(wanted.distances).items()),
        "search_px": wanted.search_px,
    }


def _make(
    studio: Studio, reference: Reference, wanted: Wanted
) -> tuple[list[Card], list[Tile]]:
    maker = studio.card_maker()
    master = read_master(studio, reference, maker.encoding)
    height, width = master.usable.shape
    drawing = studio.papers.drawing(wanted.lines, width, height) if wanted.lines else None
    made_by = _name(wanted.lines) if wanted.lines else PROPOSAL
    layers = maker.cut(master, drawing)
    counted = _counted(book.cards(studio.ledger, reference.id))
    distances = dict(wanted.distances)
    cards: list[Card] = []
    tiles: list[Tile] = []
    title = f"{reference.file_name}: completing {len(layers)} layers"
    with studio.progress.bar(title, float(len(layers))) as bar:
        for layer in layers:
            hidden = bool(layer.hidden.any())
            for n in range(wanted.completions if hidden else 1):
                seed = wanted.seed + n
                pixels = maker.complete(master, layer, seed=seed, width_px=wanted.search_px)
                picture = card_picture(studio, maker, master, layer, pixels)
                counted[layer.label] = counted.get(layer.label, 0) + 1
                number = counted[layer.label]
                card = Card(
                    id=f"{reference.id}_{layer.label}_{number:02d}",
                    reference=reference.id,
                    label=layer.label,
                    picture_digest=studio.blobs.put_picture(picture),
                    mask_digest=_mask_digest(picture),
                    base_row=layer.base_row,
                    columns=layer.columns,
                    mirror=layer.label in wanted.mirror,
                    distance_m=distances.get(layer.label),
                    completion=n + 1 if hidden else 0,
                    seed=seed if hidden else 0,
                    made_by=made_by,
                )
                cards.append(card)
                tiles.append(card_tile(studio, card, picture))
            bar.advance()
    return cards, tiles


def _name(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _counted(cards: Sequence[Card]) -> dict[str, int]:
    """Return the last number of each label."""
    last: dict[str, int] = {}
    for card in cards:
        last[card.label] = max(last.get(card.label, 0), int(card.id.rsplit("_", 1)[1]))
    return last


def read_master(studio: Studio, reference: Reference, encoding: str) -> Master:
    """Return the reference's linear master as cards are cut from it."""
    stored = studio.blobs.picture(reference.master_digest)
    usable = stored.channels["A"] > 0
    light = np.where(usable[..., None], stored.rgb(), np.float32(0)).astype(np.float32)
    working = studio.colour.working_space
    coded = studio.colour.convert(light.copy(), working, encoding)
    return Master(light=light, coded=coded, usable=usable)


def card_picture(
    studio: Studio, maker: CardMaker, master: Master, layer: CutLayer, pixels: CardPixels
) -> Picture:
    """
    Return a card as it is stored; see ``show.card.Card.picture_digest``.

    What was copied is the master's own light, bit for bit, not its way through the
    encoding and back.
    """
    x, y, width, height = pixels.window
    rgb = studio.colour.convert(pixels.colour, maker.encoding, studio.colour.working_space)
    own = pixels.copied
    rgb[own] = master.light[pixels.source_y[own], pixels.source_x[own]]
    box = (slice(y, y + height), slice(x, x + width))
    channels: dict[str, Plane] = {
        name: np.ascontiguousarray(rgb[..., i]) for i, name in enumerate("RGB")
    }
    channels["A"] = np.ascontiguousarray(layer.alpha[box].astype(np.float16))
    channels["hidden"] = np.ascontiguousarray(layer.hidden[box].astype(np.float16))
    channels["source.x"] = pixels.source_x.astype(np.uint32)
    channels["source.y"] = pixels.source_y.astype(np.uint32)
    full_height, full_width = master.usable.shape
    return Picture(
        channels=channels,
        data_window=pixels.window,
        display_window=(0, 0, full_width, full_height),
    )


def _mask_digest(picture: Picture) -> str:
    mask = {name: picture.channels[name] for name in ("A", "hidden")}
    return picture_digest(picture.with_channels(mask))


def find_card(studio: Studio, reference: Reference, word: str) -> Card:
    """Return the reference's card called ``word``: its id, or its id's end (``far_02``)."""
    known = book.cards(studio.ledger, reference.id)
    for card in known:
        if word in (card.id, card.id.removeprefix(f"{reference.id}_")):
            return card
    there = ", ".join(card.id for card in known)
    raise ShowError(
        f"{reference.file_name} has no card {word!r}"
        + (f"; it has {there}" if there else "; it was never taken apart"),
        remedy=f"See what there is: seamline reference cards {reference.id}",
    )


def approve(
    studio: Studio,
    reference: Reference,
    words: Sequence[str],
    *,
    by: str,
    approved: bool = True,
) -> list[Card]:
    """
    Approve (or retire) the cards called ``words`` in the name of ``by``; return them.

    Of the completions of one mask one is approved at a time: the newest approval holds.

    Raises:
        InputError: Nobody is named, or a card is not there; nothing was written.
    """
    if not by.strip():
        raise InputError(
            f"{', '.join(words)}: an approved card has a person who approved it",
            remedy="Say who: --by NAME.",
        )
    cards = [find_card(studio, reference, word) for word in words]
    for card in cards:
        standing = find_card(studio, reference, card.id)
        if (approved and standing.approved_by == by) or not (approved or standing.approved):
            continue
        body = {"card": card.id, "approved": approved, "by": by, "on": _today(studio)}
        studio.ledger.append("card-approval", body, by=by)
    return [find_card(studio, reference, card.id) for card in cards]


def _today(studio: Studio) -> str:
    return studio.clock.now()[:10]
