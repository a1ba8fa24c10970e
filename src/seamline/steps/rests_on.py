"""What a delivery's record rests on, held against the show: a sentence for all that differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seamline.errors import InputError, ShowError
from seamline.pixels.digest import picture_digest
from seamline.ports import Studio
from seamline.show.record import as_record, from_record
from seamline.show.variation import Ask, Variation
from seamline.steps import book
from seamline.steps.ingest import read_plate
from seamline.steps.reference import linear_master
from seamline.steps.to_render import render_key


def differing(studio: Studio, record: Mapping[str, Any], *, any_code: bool) -> list[str]:
    """Return a sentence for everything the record rests on that is not what it was."""
    said = []
    if record["config_sha256"] != studio.colour.config_sha256:
        said.append(
            f"the OCIO config is {studio.colour.config_sha256[:12]}, the record's is "
            f"{record['config_sha256'][:12]}"
        )
    said += _generator(studio, record, any_code=any_code)
    said += [word for one in record["references"] if (word := _reference(studio, one))]
    variation, words = _asked(studio, record)
    said += words
    if variation is not None:
        said += _shot(studio, record, variation, known=bool(said))
    return said


def _generator(studio: Studio, record: Mapping[str, Any], *, any_code: bool) -> list[str]:
    wanted = record["generator"]
    try:
        backend = studio.generator(wanted["name"])
    except InputError:
        return [f"the generator {wanted['name']} is not installed here"]
    said = []
    if backend.pixels != wanted["pixels"]:
        said.append(
            f"the generator {wanted['name']} paints as of pixels {backend.pixels}, the record "
            f"has pixels {wanted['pixels']}"
        )
    weights = getattr(backend, "weights", None)
    if (None if weights is None else as_record(weights)) != record["weights"]["items"]:
        said.append(f"the weights of the generator {wanted['name']} are others")
    here = studio.made().code_sha256
    if not any_code and wanted["code_sha256"] != here:
        then = wanted["code_sha256"][:12] or "not known"
        said.append(f"the code is {here[:12]}, the record's is {then}")
    return said


def _reference(studio: Studio, wanted: Mapping[str, Any]) -> str:
    """Return what is wrong with a reference: its file, or the picture it gives."""
    name = f"reference {wanted['file_name']} ({wanted['id']})"
    try:
        path = studio.blobs.path(wanted["file_sha256"])
    except ShowError:
        return f"{name} is not in the show any more"
    if studio.shelf.file_sha256(path) != wanted["file_sha256"]:
        return f"{name} is another file"
    master = linear_master(studio, studio.images.read(path), wanted["colourspace"])
    if picture_digest(master) != wanted["master_digest"]:
        return f"{name} gives another picture than the one that was painted from"
    return ""


def _asked(studio: Studio, record: Mapping[str, Any]) -> tuple[Variation | None, list[str]]:
    """Return the painting that answers the record's Ask; else in what the nearest differs."""
    ask = from_record(Ask, record["ask"])
    painted = book.variations(studio.ledger, record["shot"])
    for one in painted:
        if one.ask_digest == ask.digest:
            return one, []
    if not painted:
        return None, [f"nothing was painted for {record['shot']}"]
    wanted = as_record(ask)

    def apart(one: Variation) -> list[str]:
        here = as_record(one.ask)
        return [
            f"{name} is {_short(value)} in the record, {_short(here.get(name))} in the show"
            for name, value in wanted.items()
            if here.get(name) != value
        ]

    return None, min((apart(one) for one in painted), key=len)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _shot(
    studio: Studio, record: Mapping[str, Any], variation: Variation, *, known: bool
) -> list[str]:
    """Return what of shot, seam, lock, plate, matte, match and camera is not what it was."""
    shot = book.shot(studio.ledger, record["shot"])
    if str(shot.frames) != record["frames"]:
        return [f"the frames are {shot.frames}, the record's are {record['frames']}"]
    seam, lock = book.seam(studio.ledger, shot.name), book.lock(studio.ledger, shot.name)
    said = []
    for what, here, wanted in (
        ("lock", as_record(lock) if lock else None, record["lock"]),
        ("seam", as_record(seam) if seam else None, record["seam"]["drawn"]),
    ):
        if here != wanted:
            said.append(f"the {what} is not the record's")
    for one in record["seam"]["frames"]:
        frame = one["frame"]
        if shot.plate and picture_digest(read_plate(studio, shot, frame)) != one["plate"]:
            said.append(f"frame {frame} of the plate is another picture")
    if said or known:
        return said
    version = book.version(studio.ledger, record["element"])
    if render_key(studio, shot.name, variation) != version.render_key:
        return ["the camera, the lens, a layer's grade or the match is not the record's"]
    return []
