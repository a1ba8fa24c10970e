"""
Proof: what lets a house that has none of our programs check a delivery, and whose it is.

In this order, because each covers what was made before it: the files; the authority's
public key and a C2PA manifest for every sequence of pictures; an ASC MHL history; the
record; then the list of every other file with its SHA-256, and the authority's signature
over the exact bytes of that list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from seamline.errors import InputError, TamperError
from seamline.ports import FileHashes, Studio
from seamline.steps.delivery_record import RECORD
from seamline.steps.record_says import Delivered
from seamline.steps.together import together

LIST = "SHA256SUMS"
SIGNATURE = f"{LIST}.sig"
LATER = (RECORD, LIST, SIGNATURE)
"""What is made after the history, and so does not stand in it."""
KEY = "authority.pem"
HISTORY = "ascmhl"
CLAIMS = "c2pa"
CERTIFICATE = f"{CLAIMS}/authority_certificate.pem"
NO_PICTURES = "matte"
"""Folder of what is data, not a picture: nothing is claimed of how it came to be."""
NOT_ALLOWED = ("cawg.ai_training", "cawg.ai_generative_training", "cawg.data_mining")
"""CAWG Training and Data Mining Assertion 1.1: what nothing that leaves the show is for."""
_FRAME = re.compile(r"(?P<stem>[^/]+)\.\d+\.exr")
_Files = list[dict[str, str]]


def hashes_of(
    studio: Studio, folder: str, paths: Sequence[str], *, known: Mapping[str, str]
) -> dict[str, FileHashes]:
    """
    Return all hashes of files of ``folder``, by path, sorted; each file is read once.

    ``known`` are SHA-256 that were made as the files were written: these are not made again.
    """
    ordered = sorted(paths)
    found = together(
        studio,
        "hashing",
        lambda path: studio.proofs.hashes(f"{folder}/{path}", sha256=known.get(path, "")),
        ordered,
    )
    return dict(zip(ordered, found, strict=True))


def prove(
    studio: Studio,
    it: Delivered,
    said: Mapping[str, Any],
    folder: str,
    files: Mapping[str, FileHashes],
    *,
    each_frame: bool = False,
) -> _Files:
    """
    Write the key, the manifests and the history of ``folder``; return all its files.

    Args:
        studio: Ports.
        it: What is delivered.
        said: What its record says of sources: ``references``, ``digital_source_type``.
        folder: Of the delivery, before its record is written.
        files: Hashes of what is in it, by path.
        each_frame: Also a manifest beside every frame.
    """
    known = {path: one.sha256 for path, one in files.items()}
    made = _claim(studio, it, said, folder, known, each_frame=each_frame)
    studio.shelf.write(f"{folder}/{KEY}", studio.authority.public_pem(), sync=False)
    listed = {**files, **hashes_of(studio, folder, [*made, KEY], known={})}
    known = {path: one.sha256 for path, one in listed.items()}
    history = studio.proofs.history(
        folder, listed, name=it.version.id, by=it.signed[0].by, later=LATER
    )
    for path in history:
        known[path] = studio.shelf.file_sha256(f"{folder}/{path}")
    return [{"path": path, "sha256": known[path]} for path in sorted(known)]


def seal(studio: Studio, folder: str, files: Sequence[Mapping[str, str]]) -> None:
    """Write the list of ``folder`` and its signature: the record is there, nothing follows."""
    listed = {f["path"]: f["sha256"] for f in files}
    listed[RECORD] = studio.shelf.file_sha256(f"{folder}/{RECORD}")
    content = studio.proofs.file_list(listed)
    studio.shelf.write(f"{folder}/{LIST}", content, sync=False)
    signature = studio.authority.sign(content).hex() + "\n"
    studio.shelf.write(f"{folder}/{SIGNATURE}", signature.encode(), sync=False)


def hold_to_seal(
    studio: Studio, folder: str, files: Sequence[Mapping[str, str]], *, each_frame: bool
) -> None:
    """
    Refuse a delivery whose list or signature is not the one this show wrote.

    One from before deliveries had a list has none to be held to.

    Raises:
        TamperError: The list or its signature is missing or changed.
        InputError: A manifest for each frame is wanted, and there are none.
    """
    paths = {f["path"] for f in files}
    if KEY not in paths:
        return
    listed = {f["path"]: f["sha256"] for f in files}
    listed[RECORD] = studio.shelf.file_sha256(f"{folder}/{RECORD}")
    content = studio.proofs.file_list(listed)
    for name, whole in (
        (LIST, lambda found: found == content),
        (SIGNATURE, lambda found: _is_signed(studio, content, found)),
    ):
        path = f"{folder}/{name}"
        if not studio.shelf.exists(path) or not whole(studio.shelf.read(path)):
            raise TamperError(
                f"{path} is missing, or not the one that was delivered",
                remedy="Deliver again from the show.",
            )
    frames = [path for found in sequences(sorted(paths)).values() for path in found]
    if each_frame and not all(studio.proofs.manifest_path(path) in paths for path in frames):
        raise InputError(
            f"{folder} holds this very delivery, without a manifest for each frame",
            remedy="Deliver with --c2pa-per-frame to another folder.",
        )


def _is_signed(studio: Studio, content: bytes, signature: bytes) -> bool:
    """Whether ``signature`` is the file that ``seal`` writes; needs the public key only."""
    said = signature.decode("ascii", "replace")
    key = studio.authority.key()
    plain = said == f"{said[:-1].lower()}\n"
    return plain and studio.keyring.verify(key, content, said[:-1])


def sequences(paths: Sequence[str]) -> dict[str, list[str]]:
    """Return the frames of every sequence of pictures among ``paths``, by its files' stem."""
    found: dict[str, list[str]] = {}
    for path in paths:
        hit = _FRAME.fullmatch(path.rpartition("/")[2])
        if hit and path.split("/")[0] != NO_PICTURES:
            found.setdefault(hit["stem"], []).append(path)
    return found


def _claim(
    studio: Studio,
    it: Delivered,
    said: Mapping[str, Any],
    folder: str,
    known: Mapping[str, str],
    *,
    each_frame: bool,
) -> list[str]:
    """Write the certificate, one manifest a sequence, and one a frame on request."""
    claims = studio.proofs.claims(studio.authority, show=studio.settings.name)
    studio.shelf.write(f"{folder}/{CERTIFICATE}", claims.certificate, sync=False)
    found = sequences(sorted(known))

    def beside(path: str, title: str) -> str:
        target = studio.proofs.manifest_path(path)
        manifest = claims.manifest(f"{folder}/{path}", claim(it, said, title=title))
        studio.shelf.write(f"{folder}/{target}", manifest, sync=False)
        return target

    def listed(stem: str) -> list[str]:
        path, paths = f"{CLAIMS}/{stem}.sha256", found[stem]
        content = studio.proofs.file_list({p: known[p] for p in paths})
        studio.shelf.write(f"{folder}/{path}", content, sync=False)
        return [path, beside(path, f"{stem}, {len(paths)} frames")]

    title = f"{it.version.id}: manifests"
    made = [path for one in together(studio, title, listed, list(found)) for path in one]
    frames = [path for paths in found.values() for path in paths] if each_frame else []
    if frames:
        title = f"{it.version.id}: a manifest each"
        made += together(studio, title, lambda p: beside(p, p.rpartition("/")[2]), frames)
    return [CERTIFICATE, *made]


def claim(it: Delivered, said: Mapping[str, Any], *, title: str) -> dict[str, Any]:
    """
    Return the definition of a manifest: what was done, from what, and what it is not for.

    References are ingredients by the SHA-256 of their files, the plate by the digest of its
    pixels. The digital source type is that of the delivery's record.
    """
    ingredients = [
        {
            "label": f"reference_{r['id']}",
            "title": r["file_name"],
            "relationship": "componentOf",
            "instance_id": f"sha256:{r['file_sha256']}",
            "description": f"by {r['owner']}, {r['licence']}; approved by {r['approved_by']}",
        }
        for r in said["references"]
        if r["share"] > 0
    ]
    if it.shot.plate:
        ingredients.append(
            {
                "label": "plate",
                "title": f"plate of {it.shot.name}",
                "relationship": "componentOf",
                "instance_id": f"seamline-pixels-sha256:{it.shot.plate.digest}",
                "description": "live action; the digest is over its pixels, frame by frame",
            }
        )
    agent = {"name": "seamline", "version": it.variation.made.seamline}
    created = {
        "action": "c2pa.created",
        "when": it.at,
        "softwareAgent": agent,
        "digitalSourceType": said["digital_source_type"]["uri"],
        "description": said["digital_source_type"]["why"],
    }
    placed = {
        "action": "c2pa.placed",
        "softwareAgent": agent,
        "parameters": {"ingredientIds": [i["label"] for i in ingredients]},
    }
    return {
        "claim_generator_info": [agent],
        "title": title,
        "ingredients": ingredients,
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {"actions": [created, placed] if ingredients else [created]},
            },
            {
                "label": "cawg.training-mining",
                "data": {"entries": {name: {"use": "notAllowed"} for name in NOT_ALLOWED}},
            },
        ],
    }
