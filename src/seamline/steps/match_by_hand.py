"""
A match by hand: layers switched, numbers set, files laid in, by a named person.

What a person sets belongs to the comp, as a layer grade does: the clean element stays, a new
version is rendered, and it is unsigned. What is set stands in the ledger with the name of who
set it, over what was found; a reset gives a layer back to what was found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from seamline.errors import InputError, ShowError
from seamline.ports import Studio
from seamline.show.match import NUMBERS, ORDER, Match, MatchChange, changed
from seamline.show.names import ElementId
from seamline.show.record import as_record
from seamline.show.variation import Variation
from seamline.steps import book
from seamline.steps.element import space_of
from seamline.steps.match import BY_HAND, changes, fitted
from seamline.steps.people import person

EMPTY = MatchChange(layer="", by="")


def change_match(
    studio: Studio,
    name: str,
    element_id: str,
    *,
    by: str,
    on: Sequence[str] = (),
    off: Sequence[str] = (),
    numbers: Mapping[str, tuple[float, ...]] | None = None,
    cdl: str = "",
    grain: str = "",
    reset: Sequence[str] = (),
) -> Variation:
    """
    Set what is named of the match of ``element_id``'s painting; return that painting.

    Args:
        studio: Ports.
        name: The shot.
        element_id: A version of it.
        by: Who; a key stands for the name.
        on: Layers to switch on.
        off: Layers to switch off.
        numbers: ``sharpness.sigma_px`` and the like, one number or three.
        cdl: Path of a ``.cc`` or ``.ccc`` that stands for the CDL layer.
        grain: Path of a grain model.
        reset: Layers that are given back to what was found.

    Raises:
        InputError: A layer or number does not exist, or makes no sense; nothing was written.
        ShowError: The version is another shot's.
        RefusedError: ``by`` has no key.
    """
    variation = _of(studio, name, element_id)
    if not by:
        raise InputError("nobody is named who changes the match", remedy="Add --by NAME.")
    person(studio, by)
    for layer in (*on, *off, *reset):
        _layer(layer)
    both = sorted({*on} & {*off})
    if both:
        raise InputError(f"{both[0]} cannot be on and off at once", remedy="Name it once.")
    standing = {c.layer: c for c in changes(studio, variation)}
    model, content = _grain(studio, name, grain) if grain else ("", b"")
    wanted = {k: c for k, c in standing.items() if k not in reset}
    for layer in ORDER:
        change = wanted.get(layer, replace(EMPTY, layer=layer, by=by))
        fresh = _switched(change, layer in on, layer in off)
        fresh = _numbered(fresh, numbers or {})
        if layer == "cdl" and cdl:
            fresh = replace(fresh, cdl=_cdl(studio, cdl), numbers=())
            fresh = _numbered(fresh, numbers or {})
        if layer == "grain" and grain:
            fresh = replace(fresh, model=model)
        if fresh != change:
            wanted[layer] = replace(fresh, by=by)
    found = fitted(studio, variation).match
    now = changed(found, tuple(wanted.values()))
    _refuse_empty(now, on)
    if content:
        studio.blobs.put_bytes(content)
    for layer in ORDER:
        gone = replace(EMPTY, layer=layer, by=by)
        change, before = wanted.get(layer, gone), standing.get(layer, gone)
        if replace(change, by="") != replace(before, by=""):
            body = {
                "shot": name,
                "ask_digest": variation.ask_digest,
                "change": as_record(change),
            }
            studio.ledger.append(BY_HAND, body, by=by)
    return variation


def read_numbers(settings: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """
    Return what ``LAYER.NAME=VALUE`` settings say: one number, or three with commas.

    Raises:
        InputError: There is no such number, or it is not written as one.
    """
    found: dict[str, tuple[float, ...]] = {}
    for setting in settings:
        name, _, written = setting.partition("=")
        layer, _, number = name.strip().partition(".")
        _layer(layer)
        if number not in NUMBERS[layer]:
            raise InputError(
                f"{layer} has no number {number!r}; it has {', '.join(NUMBERS[layer])}",
                remedy="Write it as LAYER.NAME=VALUE, for example sharpness.sigma_px=0.6.",
            )
        try:
            values = tuple(float(part) for part in written.split(","))
        except ValueError:
            values = ()
        count = NUMBERS[layer][number]
        if count == 3 and len(values) == 1:
            values *= 3
        if len(values) != count:
            raise InputError(
                f"{layer}.{number} is {written!r}, expected "
                + ("a number" if count == 1 else "three numbers with commas between them"),
                remedy="Write it as LAYER.NAME=VALUE: haze.black=0.002,0.002,0.003.",
            )
        found[f"{layer}.{number}"] = values
    return found


def _of(studio: Studio, name: str, element_id: str) -> Variation:
    shot = ElementId.parse(element_id).shot
    if shot != name:
        raise ShowError(
            f"{element_id} belongs to {shot}, not to {name}",
            remedy=f"Name one of this shot's: seamline sheet {name}",
        )
    return book.variation_of(studio.ledger, book.version(studio.ledger, element_id))


def _layer(name: str) -> None:
    if name not in ORDER:
        raise InputError(
            f"a match has no layer {name!r}; it has {', '.join(ORDER)}",
            remedy="Name one of these.",
        )


def _switched(change: MatchChange, on: bool, off: bool) -> MatchChange:
    return replace(change, on=on) if on or off else change


def _numbered(change: MatchChange, numbers: Mapping[str, tuple[float, ...]]) -> MatchChange:
    own = dict(change.numbers)
    for name, values in numbers.items():
        layer, _, number = name.partition(".")
        if layer == change.layer:
            own[number] = values
    return replace(change, numbers=tuple(sorted(own.items())))


def _cdl(studio: Studio, path: str) -> Any:
    found = studio.papers.cdl(studio.shelf.read(path), where=path)
    return replace(found, working_space=studio.colour.space(found.working_space))


def _grain(studio: Studio, name: str, path: str) -> tuple[str, bytes]:
    """Return a grain file's SHA-256 and its bytes, as they will be stored."""
    model = studio.papers.grain(studio.shelf.read(path), where=path)
    space = space_of(studio, book.shot(studio.ledger, name))
    if studio.colour.space(model.space) != space:
        raise InputError(
            f"{path}: the grain was measured in {model.space}, the plate of {name} "
            f"is in {space}",
            remedy="Measure it in frames of the plate's own colour space.",
        )
    content = studio.papers.grain_file(model)
    return hashlib.sha256(content).hexdigest(), content


def _refuse_empty(now: Match, on: Sequence[str]) -> None:
    if "shadow" in on and not now.shadow.frames:
        raise InputError(
            f"there is no contact shadow to switch on: {now.shadow.says}",
            remedy="Key it, or hand it in: seamline seam set SHOT ... --shadow FILES",
        )
    if "grain" in on and not now.grain.model:
        raise InputError(
            f"there is no grain to switch on: {now.grain.says}",
            remedy="Give a model with --grain FILE.json.",
        )
