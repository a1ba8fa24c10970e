"""
The delivery record: everything a delivery answers for, as one JSON document.

It is made from the ledger up to one row, from what the frames are and from the hashes
of the files; the same of these gives the same record. Its schema is published as
``docs/reference/delivery-record.schema.json``. ``digest`` is the SHA-256 of the
canonical form of everything else in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seamline.errors import InputError, TamperError
from seamline.ports import Studio
from seamline.show.delivery import source_type
from seamline.show.frames import frame_path
from seamline.show.names import ElementId
from seamline.show.record import as_record, record_digest
from seamline.show.review import SignOff
from seamline.show.shot import Shot
from seamline.show.variation import Variation, Version
from seamline.steps import book
from seamline.steps.answers import answers
from seamline.steps.contributions import contributions
from seamline.steps.delivered_files import Sequences
from seamline.steps.delivered_layers import layers_on_record
from seamline.steps.delivered_lens import UNDISTORTED, Lens
from seamline.steps.demands import gaps
from seamline.steps.people import revocation
from seamline.steps.sign import Stands, plate_of

RECORD = "record.json"
FORMAT = "seamline delivery 2"
FORMATS = ("seamline delivery 1", FORMAT)
SAID = ("note", "verdict")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What is delivered, for what, by whose signatures, and as of which row and moment."""

    shot: Shot
    version: Version
    variation: Variation
    signed: tuple[SignOff, ...]
    use: str
    at: str
    head: Mapping[str, Any]
    """The ledger's newest row at that moment: ``rows`` and ``hash``."""


def said_of(studio: Studio, it: Delivered) -> dict[str, Any]:
    """Return what the record says of sources, people and permissions; no file is looked at."""
    rows = int(it.head["rows"])
    variation, policy = it.variation, studio.settings.policy
    generator = _generator(studio, variation)
    references = _references(studio, it)
    weights = generator.pop("weights")
    kinds = [str(one["kind"]) for one in references]
    uri, why = source_type(
        trained=None if weights["items"] is None else bool(weights["items"]),
        kinds=kinds,
        hands=bool(variation.hands),
        painted=bool(variation.shares or variation.hands),
    )
    answered = answers(studio, it.version, use=it.use, until=rows)
    said: dict[str, Any] = {
        "references": references,
        "cards": _cards(studio, variation),
        "generator": generator,
        "weights": weights,
        "digital_source_type": {"uri": uri, "why": why},
        "no_training": {"says": policy.no_training, "trained_on": []},
        "answers": {name: _with_key(studio, one) for name, one in answered.items()},
        "disclosure": answered["disclosure"].text if "disclosure" in answered else None,
        "contributions": contributions(studio, variation, until=rows),
        "said": _said(studio, it),
        "isolation": _isolation(studio, variation, rows),
        "policy": {
            "name": policy.name,
            "sha256": policy.sha256,
            "demands": list(policy.fields[it.use]),
            "sources": as_record(policy.demands),
        },
    }
    found = gaps(said, policy, shot=it.shot.name, use=it.use)
    return {**said, "gaps": as_record(found)}


def _isolation(studio: Studio, variation: Variation, until: int) -> dict[str, Any] | None:
    """Return what stood around the painter, and what its machines' last probes reached."""
    measured: dict[str, Any] = {}
    for row in studio.ledger.rows("walls"):
        if row.number <= until:
            measured[str(row.body.get("machine"))] = dict(row.body)
    if not (variation.made.isolation or measured):
        return None
    return {
        "painted_under": variation.made.isolation or None,
        "probed": [measured[name] for name in sorted(measured)],
    }


def delivery_record(
    studio: Studio,
    it: Delivered,
    said: Mapping[str, Any],
    stands: Stands,
    sequences: Sequences,
    lens: Lens,
    files: Sequence[Mapping[str, str]],
    *,
    folder: str,
) -> dict[str, Any]:
    """
    Return the record of a delivery, with its ``digest``.

    Args:
        studio: Ports.
        it: What is delivered.
        said: What ``said_of`` gave for it.
        stands: The version as it is on disk.
        sequences: What every delivered frame is.
        lens: What was written of the lens.
        files: ``path`` and ``sha256`` of every file but the record, sorted.
        folder: Where the files lie now.
    """
    shot, version, variation = it.shot, it.version, it.variation
    named = ElementId.parse(version.id)
    lock = book.lock(studio.ledger, shot.name)
    keys = [_key(studio, one.by) for one in it.signed]
    others = [
        {"sign_off": as_record(one), "key": key}
        for one, key in zip(it.signed[1:], keys[1:], strict=True)
    ]
    frames = list(shot.frames)
    written = {one["path"] for one in files}
    comps = sequences.named(version.id)["comp"][0]
    record = {
        "format": FORMAT,
        "show": studio.settings.name,
        "sequence": shot.name.rpartition("_")[0],
        "shot": shot.name,
        "element": version.id,
        "variation": named.variation,
        "version": named.version,
        "frames": str(shot.frames),
        "missing_frames": [n for n in frames if frame_path(comps, n) not in written],
        "use": it.use,
        "at": it.at,
        **said,
        "colourspace": _space(studio, shot),
        "config_sha256": studio.colour.config_sha256,
        "colour": _colour(studio, it, f"{folder}/{frame_path(comps, frames[0])}"),
        "plate": plate_of(shot),
        "seam": _seam(studio, shot, version, stands),
        "lock": as_record(lock) if lock else None,
        "ask": as_record(variation.ask),
        "made": as_record(variation.made),
        "render_key": version.render_key,
        "cdl": as_record(version.cdl),
        **({"match": as_record(version.match)} if version.match else {}),
        "findings": as_record(version.findings),
        "outputs": _outputs(version.id, frames, sequences, files),
        "digests": _digests(sequences),
        **({"lens": lens.facts} if lens.facts else {}),
        "layers": layers_on_record(version, variation),
        "ledger": dict(it.head),
        "previous": _previous(studio, int(it.head["rows"])),
        "authority": _authority(studio),
        "sign_off": as_record(it.signed[0]),
        "key": keys[0],
        # Frames that are the same as in an earlier version, and were signed there.
        **({"also_signed": others} if others else {}),
        **({"hands": as_record(variation.hands)} if variation.hands else {}),
        "files": [dict(one) for one in files],
    }
    return {**record, "digest": record_digest(record)}


def _space(studio: Studio, shot: Shot) -> str:
    return shot.plate.colourspace if shot.plate else studio.colour.working_space


def _generator(studio: Studio, variation: Variation) -> dict[str, Any]:
    """Return what painted it and what that says of itself; ``weights`` among it."""
    made, ask = variation.made, variation.ask
    said: dict[str, Any] = {
        "name": ask.generator,
        "pixels": ask.pixels,
        "encoding": ask.encoding,
        "seed": ask.seed,
        "parameters": dict(ask.settings),
        "code_sha256": made.code_sha256,
        "cpu": made.cpu,
        "cpu_features": made.cpu_features.split(),
        "libraries": {
            name: getattr(made, name)
            for name in ("seamline", "python", "numpy", "numba", "openimageio", "opencolorio")
        },
        "determinism": "",
        "weights": {"says": "The generator does not say whether it uses any.", "items": None},
    }
    try:
        generator = studio.generator(ask.generator)
    except InputError:
        return said  # it is not installed here any more
    said["determinism"] = getattr(generator, "determinism", "")
    weights = getattr(generator, "weights", None)
    if weights is not None:
        words = "No trained weights were used." if not weights else "Trained weights were used."
        said["weights"] = {"says": words, "items": as_record(weights)}
    return said


def _references(studio: Studio, it: Delivered) -> list[dict[str, Any]]:
    known = book.references(studio.ledger)
    found = []
    for name, share in it.variation.shares:
        if name in known:
            why_not = known[name].why_not("paint", today=it.at[:10])
            record = as_record(known[name])
            found.append({"share": share, **record, "allowed": not why_not, "why_not": why_not})
    return found


def _cards(studio: Studio, variation: Variation) -> list[dict[str, Any]]:
    wanted = set(variation.ask.cards)
    if not wanted:
        return []
    return [
        {
            "card": card.id,
            "reference": card.reference,
            "label": card.label,
            "approved_by": card.approved_by,
            "approved_on": card.approved_on,
        }
        for name in dict.fromkeys(name for name, _ in variation.shares)
        for card in book.cards(studio.ledger, name)
        if card.paint_digest in wanted
    ]


def _said(studio: Studio, it: Delivered) -> list[dict[str, Any]]:
    """Return the notes and verdicts on the shot."""
    return [
        {"row": row.number, "kind": row.kind, **dict(row.body)}
        for kind in SAID
        for row in studio.ledger.rows(kind)
        if row.body.get("shot") == it.shot.name and row.number <= int(it.head["rows"])
    ]


def _with_key(studio: Studio, noun: Any) -> dict[str, Any]:
    return {**as_record(noun), "key": _key(studio, noun.by)}


def _key(studio: Studio, name: str) -> dict[str, Any]:
    key = studio.keyring.find(name)
    row = revocation(studio, key.fingerprint)
    return {**as_record(key), **({"revoked": dict(row.body)} if row is not None else {})}


def _colour(studio: Studio, it: Delivered, comp: str) -> dict[str, Any]:
    header = studio.images.header(comp).attributes
    chromaticities = header.get("chromaticities", ("", None))[1]
    space = _space(studio, it.shot)
    return {
        "config": {
            "name": studio.colour.config_name,
            "sha256": studio.colour.config_sha256,
            "file": "config.ocio",
        },
        "opencolorio": it.variation.made.opencolorio,
        "working_space": studio.colour.working_space,
        "delivered_in": space,
        "color_interop_id": str(header.get("colorInteropID", ("", ""))[1])
        or studio.images.interop_id(space),
        "chromaticities": None
        if chromaticities is None
        else [round(float(value), 7) for value in chromaticities],
        "view": it.signed[0].view,
    }


def _seam(studio: Studio, shot: Shot, version: Version, stands: Stands) -> dict[str, Any]:
    seam = book.seam(studio.ledger, shot.name)
    return {
        "drawn": as_record(seam) if seam else None,
        "matte_digest": version.matte_digest,
        "plate_digest": version.plate_digest,
        "frames": [
            {"frame": n, "matte": one.matte, "plate": one.plate, "generated": one.generated}
            for n, one in zip(shot.frames, stands.frames, strict=True)
        ],
    }


def _outputs(
    element_id: str,
    frames: Sequence[int],
    sequences: Sequences,
    files: Sequence[Mapping[str, str]],
) -> list[dict[str, Any]]:
    hashes = {one["path"]: one["sha256"] for one in files}
    return [
        {
            "name": name,
            "files": pattern,
            "frames": [
                {
                    "frame": n,
                    "sha256": hashes[frame_path(pattern, n)],
                    "digest": one.digest,
                    **as_record(one.values),
                }
                for n, one in zip(frames, found, strict=True)
            ],
        }
        for name, (pattern, found) in sequences.named(element_id).items()
    ]


def _digests(found: Sequences) -> dict[str, Any]:
    def of(frames: Any) -> list[str]:
        return [frame.digest for frame in frames]

    return {
        "element": of(found.element),
        "comp": of(found.comp),
        "layers": {name: of(frames) for name, frames in found.layers.items()},
        **({"match": {n: of(f) for n, f in found.match.items()}} if found.match else {}),
        **({UNDISTORTED: of(found.undistorted)} if found.undistorted else {}),
    }


def _previous(studio: Studio, until: int) -> str:
    """Return the digest of the show's delivery before this one; empty for its first."""
    before = [r for r in studio.ledger.rows("delivery") if r.number <= until]
    return str(before[-1].body["record"]) if before else ""


def _authority(studio: Studio) -> dict[str, str]:
    key = studio.authority.key()
    return {"fingerprint": key.fingerprint, "public_hex": key.public_hex}


def ledger_head(studio: Studio) -> dict[str, Any]:
    """Return the ledger's newest row: with it in a record, a ledger cut short is found."""
    head = {"rows": 0, "hash": ""}
    for row in studio.ledger.rows():
        head = {"rows": row.number, "hash": row.hash}
    return head


def written(record: Mapping[str, Any]) -> bytes:
    """Return the bytes of the file that holds ``record``."""
    text = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    return text.encode()


def read_record(content: bytes, *, where: str) -> dict[str, Any]:
    """
    Return the delivery record in ``content`` if it is what was written.

    Raises:
        TamperError: It is no record, or not the one that was written.
    """
    try:
        record = json.loads(content)
        claimed = record.pop("digest")
        whole = record_digest(record) == claimed and content == written(
            {**record, "digest": claimed}
        )
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise TamperError(
            f"{where} is not a delivery record any more: {error}",
            remedy="Deliver again from the show.",
        ) from error
    if not whole:
        raise TamperError(
            f"{where} was changed after it was written: its digest does not fit",
            remedy="Deliver again from the show.",
        )
    return {**record, "digest": claimed}


def verify_files(studio: Studio, directory: str, record: dict[str, Any]) -> None:
    """
    Check every file of a delivery against its record.

    Raises:
        TamperError: A file is missing or changed.
    """
    for entry in record["files"]:
        path = f"{directory}/{entry['path']}"
        if not studio.shelf.exists(path) or studio.shelf.file_sha256(path) != entry["sha256"]:
            raise TamperError(
                f"{path} is missing, or not the file that was delivered",
                remedy="Deliver again from the show.",
            )
