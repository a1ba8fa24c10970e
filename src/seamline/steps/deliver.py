"""
Deliver: signed pixels only, with their papers, for one use.

A delivery folder appears whole or not at all. Its record names every file, who
made, approved, answered and signed what, and carries the digest of its own
bytes, so that one changed byte is found.
"""

from __future__ import annotations

from typing import Any

from seamline.errors import InputError, SignOffError, TamperError
from seamline.pixels.digest import picture_digest
from seamline.ports import Studio
from seamline.show.delivery import USES
from seamline.show.frames import frame_path
from seamline.show.record import as_record, record_digest
from seamline.show.shot import Shot
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.alike import same_camera
from seamline.steps.delivered_files import sequences, write_files
from seamline.steps.delivered_lens import deliver_lens, lens_again, require_overscan
from seamline.steps.delivery_record import (
    RECORD,
    delivery_record,
    ledger_head,
    read_record,
    verify_files,
    written,
)
from seamline.steps.delivery_sheet import SHEET, sheet_page
from seamline.steps.demands import require_answers
from seamline.steps.proof import hashes_of, hold_to_seal, prove, seal
from seamline.steps.record_says import Delivered, said_of
from seamline.steps.review import require_choice
from seamline.steps.sign_offs import holding
from seamline.steps.stands import Stands, reads


def deliver(
    studio: Studio,
    name: str,
    directory: str,
    *,
    movie: str | None = None,
    overscan: float | None = None,
    use: str = "temp",
    c2pa_each_frame: bool = False,
) -> dict[str, Any]:
    """
    Write the chosen, signed version of shot ``name`` to ``directory``.

    Args:
        studio: Ports.
        name: The shot.
        directory: Made, whole or not at all.
        movie: Codec of a movie to look at (``h264``, ``prores``); none without.
        overscan: Percent of the frame on each side of an undistorted element; None
            without one.
        use: What it is for: ``ideation``, ``temp`` or ``final``. What the show's policy
            demands of a final one must be there; of the others it is stated as missing.
        c2pa_each_frame: Also a C2PA manifest beside every frame.

    Returns:
        ``directory``, ``record`` (path), ``files`` (path, sha256), ``signed_by``, ``use``
        and ``gaps`` (field, says, remedy). A folder that already holds this very delivery,
        whole and unchanged, is left as it is.

    Raises:
        RefusedError: Nothing is chosen.
        SignOffError: What is chosen is unsigned, or changed after it was signed; or a final
            delivery cannot answer what is demanded.
        TamperError: The ledger's chain is broken.
        InputError: The folder is in use or cannot be written; or holds this delivery without
            the movie that is wanted, or for another use.
    """
    if use not in USES:
        raise InputError(f"there is no use {use!r}", remedy=f"Known are {', '.join(USES)}.")
    studio.ledger.verify()
    shot = book.shot(studio.ledger, name)
    version = book.version(studio.ledger, require_choice(studio, name).element)
    _hold_to_shot(studio, shot, version)
    stands = reads(studio, version)
    it = Delivered(
        shot=shot,
        version=version,
        variation=book.variation_of(studio.ledger, version),
        signed=holding(studio, version, stands.facts, stands.seen),
        use=use,
        at=studio.clock.now(),
        head=ledger_head(studio),
    )
    said = said_of(studio, it)
    require_answers(said["gaps"], shot=name, use=use)
    path = f"{directory}/{RECORD}"
    if studio.shelf.exists(path):
        standing = read_record(studio.shelf.read(path), where=path)
        if standing["sign_off"] == as_record(it.signed[0]):
            verify_files(studio, directory, standing)
            _hold_to_wishes(directory, standing, movie, use)
            require_overscan(standing, directory, overscan)
            entered = _is_entered(studio, standing)
            if not entered:
                _hold_to_show(studio, it, stands, standing, directory)
            hold_to_seal(studio, directory, standing["files"], each_frame=c2pa_each_frame)
            if not entered:
                _enter(studio, directory, standing)
            return _answer(directory, standing)
    with studio.shelf.folder(directory) as folder:
        lens = deliver_lens(studio, shot, version, folder, overscan)
        paths, found = write_files(studio, shot, version, stands, folder, lens, movie=movie)
        studio.shelf.write(
            f"{folder}/{SHEET}", sheet_page(studio, it, said, stands), sync=False
        )
        paths.append(SHEET)
        hashed = hashes_of(studio, folder, paths, known=found.hashes)
        files = prove(studio, it, said, folder, hashed, each_frame=c2pa_each_frame)
        record = delivery_record(studio, it, said, stands, found, lens, files, folder=folder)
        studio.shelf.write(f"{folder}/{RECORD}", written(record), sync=False)
        seal(studio, folder, files)
    _enter(studio, directory, record)
    return _answer(directory, record)


def _hold_to_shot(studio: Studio, shot: Shot, version: Version) -> None:
    """Refuse a version that has other frames or another camera than its shot has now."""
    since = f"since shot v{shot.version}"
    says = ""
    if version.frames and version.frames != str(shot.frames):
        says = f"has frames {version.frames}, and {shot.name} has {shot.frames} {since}"
    elif not same_camera(shot, book.shot_of(studio.ledger, version)):
        says = f"was seen by another camera than {shot.name} has {since}"
    if says:
        raise SignOffError(
            f"{version.id} {says}",
            remedy=f"Make it again for all of them: seamline paint {shot.name} --stale",
        )


def _is_entered(studio: Studio, record: dict[str, Any]) -> bool:
    return any(row.body["record"] == record["digest"] for row in studio.ledger.rows("delivery"))


def _enter(studio: Studio, directory: str, record: dict[str, Any]) -> None:
    studio.ledger.append_once(
        "delivery",
        record["digest"],
        {
            "shot": record["shot"],
            "element": record["element"],
            "directory": directory,
            "record": record["digest"],
            "frames": record["digests"],
            "use": record["use"],
            "generated": _generated(record),
        },
        by=record["sign_off"]["by"],
    )


def _generated(record: dict[str, Any]) -> float | None:
    """Return the share of the picture that is generated, mean over its frames."""
    frames = record.get("seam", {}).get("frames", [])  # one from before records said it
    shares = [float(one["generated"]) for one in frames]
    return round(sum(shares) / len(shares), 6) if shares else None


def _hold_to_wishes(
    directory: str, standing: dict[str, Any], movie: str | None, use: str
) -> None:
    if movie is not None and not any(f["path"].endswith(".mov") for f in standing["files"]):
        raise InputError(
            f"{directory} holds this very delivery, without a movie",
            remedy="Deliver with --movie to another folder.",
        )
    there = standing.get("use", "temp")  # one from before there were uses
    if there != use:
        raise InputError(
            f"{directory} holds this very delivery, for {there} and not for {use}",
            remedy=f"Deliver with --use {use} to another folder.",
        )


def _hold_to_show(
    studio: Studio,
    it: Delivered,
    stands: Stands,
    standing: dict[str, Any],
    directory: str,
) -> None:
    """
    Refuse a folder that is not in the ledger, unless a run was killed right before that row.

    Raises:
        TamperError: Its words or its frames are not the show's.
    """
    own = _as_it_would_be(studio, it, stands, standing, directory)
    read_back = {
        one["name"]: [
            digest_of_frame(studio, f"{directory}/{frame_path(one['files'], n)}")
            for n in it.shot.frames
        ]
        for one in (own["outputs"] if own else ())
    }
    wanted = {
        one["name"]: [frame["digest"] for frame in one["frames"]]
        for one in (own["outputs"] if own else ())
    }
    if own is None or record_digest(own) != record_digest(standing) or read_back != wanted:
        raise TamperError(
            f"{directory}/{RECORD} is not a record that this show wrote",
            remedy="Move the folder away, and deliver again from the show.",
        )


def _as_it_would_be(
    studio: Studio,
    it: Delivered,
    stands: Stands,
    standing: dict[str, Any],
    directory: str,
) -> dict[str, Any] | None:
    """Return the record as the show would write it where ``standing`` says it was written."""
    head, at = standing.get("ledger"), standing.get("at")
    there = any(head == {"rows": row.number, "hash": row.hash} for row in studio.ledger.rows())
    if not there or not isinstance(at, str) or head is None:
        return None
    then = Delivered(
        shot=it.shot, version=it.version, variation=it.variation, signed=it.signed, use=it.use,
        at=at, head=head,
    )  # fmt: skip
    lens = lens_again(studio, it.shot, it.version, standing)
    found = sequences(studio, it.shot, it.version, stands, lens)
    said = said_of(studio, then)
    return delivery_record(
        studio, then, said, stands, found, lens, standing["files"], folder=directory
    )


def _answer(directory: str, record: dict[str, Any]) -> dict[str, Any]:
    return {
        "directory": directory,
        "record": f"{directory}/{RECORD}",
        "files": [{**f, "path": f"{directory}/{f['path']}"} for f in record["files"]],
        "signed_by": record["sign_off"]["by"],
        "use": record.get("use", "temp"),
        "gaps": record.get("gaps", []),
    }


def digest_of_frame(studio: Studio, path: str) -> str:
    """Return the pixel digest of the picture at ``path``."""
    return picture_digest(studio.images.read(path))
