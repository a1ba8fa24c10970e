"""Sign: a named person stands for exact pixels, and for how they were seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from seamline.errors import ShowError, SignOffError, TamperError
from seamline.pixels.digest import picture_digest, sequence_digest
from seamline.pixels.matte import matte_digest
from seamline.pixels.picture import Picture
from seamline.ports import Studio
from seamline.show.frames import frame_path
from seamline.show.record import as_record, canonical, record_digest
from seamline.show.review import SignOff
from seamline.show.shot import Shot
from seamline.show.variation import Version, grading_digest
from seamline.steps import book
from seamline.steps.ingest import read_matte, read_plate
from seamline.steps.review import PAGE_PX
from seamline.steps.together import together
from seamline.steps.viewing import view_words


def sign(studio: Studio, element_id: str, *, by: str, passphrase: bytes | None) -> SignOff:
    """
    Record ``by``'s sign-off of ``element_id`` as it stands now, every pixel read again.

    Raises:
        RefusedError: ``by`` has no key, or the passphrase is wrong.
        SignOffError: The frames on disk are not the published ones.
    """
    key = studio.keyring.find(by)
    version = book.version(studio.ledger, element_id)
    now = as_it_stands(studio, version)
    wanted = facts_of(studio, version)
    changed = differing(wanted, now)
    if changed:
        raise SignOffError(
            f"{element_id}: the {changed} is no longer what was published",
            remedy=f"Paint or render it again: seamline paint {version.shot}",
        )
    shot = book.shot(studio.ledger, version.shot)
    width = min(PAGE_PX, shot.width_px)
    unsigned = SignOff(
        element=element_id,
        shot=version.shot,
        by=by,
        at=studio.clock.now(),
        key_fingerprint=key.fingerprint,
        key_protected=key.protected,
        view=view_words(studio, shot),
        size_px=(width, round(shot.height_px * width / shot.width_px)),
        findings=version.findings,
        **wanted,
    )
    signature = studio.keyring.sign(by, signed_bytes(unsigned), passphrase)
    for standing in book.sign_offs(studio.ledger, element_id):
        if standing.by == by and facts_of_sign_off(standing) == wanted:
            return standing
    signed = replace(unsigned, signature=signature)
    book.write(studio.ledger, "sign-off", signed, by=by)
    return signed


def signed_bytes(sign_off: SignOff) -> bytes:
    """Return what the signature is over."""
    record = as_record(sign_off)
    del record["signature"]
    for finding in record["findings"]:
        # Sign-offs from before findings had a place were signed without the field.
        if finding["place"] is None:
            del finding["place"]
    return canonical(record)


def facts_of_sign_off(sign_off: SignOff) -> dict[str, str]:
    """Return the digests that a sign-off binds."""
    return {name: getattr(sign_off, name) for name in BOUND}


BOUND = {
    "element_digest": "clean element",
    "comp_digest": "comp",
    "layers_digest": "painted layer",
    "lineage_digest": "lineage",
    "cdl_digest": "match",
    "matte_digest": "matte",
    "plate_digest": "plate",
}
"""What a sign-off binds, and how each is called."""


def facts_of(studio: Studio, version: Version) -> dict[str, str]:
    """Return the digests the ledger holds for ``version``."""
    variation = book.variation_of(studio.ledger, version)
    return {
        "element_digest": version.element_digest,
        "comp_digest": version.comp_digest,
        "layers_digest": variation.layers_digest,
        "lineage_digest": variation.lineage_digest,
        "cdl_digest": version.cdl_digest,
        "matte_digest": version.matte_digest,
        "plate_digest": version.plate_digest,
    }


def differing(wanted: dict[str, str], now: dict[str, str]) -> str:
    """Return the words for what differs; empty when nothing does."""
    return ", ".join(words for name, words in BOUND.items() if wanted[name] != now[name])


def as_it_stands(studio: Studio, version: Version) -> dict[str, str]:
    """
    Return the same digests computed from the files as they are at this moment.

    Elements, comps, plate and matte are read from disk, layers and lineage from
    the blobs (which check themselves).
    """
    shot, seam = book.shot(studio.ledger, version.shot), book.seam(studio.ledger, version.shot)
    variation = book.variation_of(studio.ledger, version)
    frames = list(shot.frames)

    def digests(frame: int) -> tuple[str, str, str, str]:
        element, comp = (
            picture_digest(_published(studio, version, pattern, frame))
            for pattern in (
                studio.shelf.element_pattern(version.id),
                studio.shelf.comp_pattern(version.id),
            )
        )
        plate = picture_digest(read_plate(studio, shot, frame)) if shot.plate else ""
        return element, comp, plate, matte_digest(read_matte(studio, shot, seam, frame))

    rows = together(studio, f"{version.id}: reading what stands", digests, frames)
    element, comp, plate, matte = (
        sequence_digest(zip(frames, (row[i] for row in rows), strict=True)) for i in range(4)
    )
    layers = [
        [f.name, picture_digest(studio.blobs.picture(f.digest))] for f in variation.layers
    ]
    lineage = [
        [f.name, picture_digest(studio.blobs.picture(f.lineage_digest))]
        for f in variation.layers
    ]
    return {
        "element_digest": element,
        "comp_digest": comp,
        "layers_digest": record_digest({"layers": layers}),
        "lineage_digest": record_digest({"layers": lineage}),
        "cdl_digest": grading_digest(version.cdl, version.grades, version.match),
        "matte_digest": matte,
        "plate_digest": plate if shot.plate else "",
    }


def _published(studio: Studio, version: Version, pattern: str, frame: int) -> Picture:
    path = frame_path(pattern, frame)
    if not studio.shelf.exists(path):
        raise ShowError(
            f"{version.id}: frame {frame} is not there: {path}",
            remedy=f"Render it again: seamline paint {version.shot}",
        )
    return studio.images.read(path)


def holding(studio: Studio, version: Version, now: dict[str, str]) -> SignOff:
    """
    Return the newest sign-off that holds for ``version`` as it stands, or refuse.

    Raises:
        SignOffError: There is none, or something it binds has changed since.
        TamperError: A signature is not its owner's.
    """
    signed = book.sign_offs(studio.ledger, version.id)
    if not signed:
        raise SignOffError(
            f"{version.id} has no sign-off; a generated element is raw material until a "
            "named person signs these exact pixels",
            remedy=f"Review it in context, then: seamline sign {version.id} --by NAME",
        )
    changed = ""
    for sign_off in reversed(signed):
        key = studio.keyring.find(sign_off.by)
        if not studio.keyring.verify(key, signed_bytes(sign_off), sign_off.signature):
            raise TamperError(
                f"{version.id}: the signature of {sign_off.by} does not fit the record",
                remedy="Verify the ledger: seamline doctor",
            )
        changed = differing(facts_of_sign_off(sign_off), now)
        if not changed:
            return sign_off
    raise SignOffError(
        f"{version.id}: the {changed} changed after {signed[-1].by} signed",
        remedy=f"Bring it back, or render, review and sign again: seamline paint "
        f"{version.shot}",
    )


def plate_of(shot: Shot) -> dict[str, Any]:
    """Return what a delivery says about the plate."""
    if not shot.plate:
        return {}
    return {
        "pattern": shot.plate.pattern,
        "colourspace": shot.plate.colourspace,
        "evidence": shot.plate.evidence,
        "digest": shot.plate.digest,
    }
