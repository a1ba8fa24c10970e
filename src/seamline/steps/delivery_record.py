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
from typing import Any

from seamline.errors import TamperError
from seamline.ports import Studio
from seamline.show.frames import frame_path
from seamline.show.names import ElementId
from seamline.show.record import as_record, record_digest
from seamline.show.shot import Shot
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.delivered_files import Sequences
from seamline.steps.delivered_layers import layers_on_record
from seamline.steps.delivered_lens import UNDISTORTED, Lens
from seamline.steps.record_says import Delivered, key_of
from seamline.steps.stands import Stands, plate_of

RECORD = "record.json"
FORMAT = "seamline delivery 2"
FORMATS = ("seamline delivery 1", FORMAT)


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
    keys = [key_of(studio, one.by) for one in it.signed]
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
