"""Sign: a named person stands for exact pixels, and for how they were seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from seamline.errors import InputError, ShowError, SignOffError, TamperError
from seamline.pixels.digest import picture_digest, sequence_digest
from seamline.pixels.matte import matte_digest
from seamline.pixels.picture import Picture
from seamline.pixels.values import frame_values
from seamline.ports import Studio
from seamline.show.delivery import DeliveredFrame
from seamline.show.frames import FrameRange, frame_path, ranges
from seamline.show.names import ElementId
from seamline.show.record import as_record, canonical, record_digest
from seamline.show.review import SignOff
from seamline.show.shot import Shot
from seamline.show.variation import Version, grading_digest
from seamline.steps import book
from seamline.steps.ingest import read_matte, read_plate
from seamline.steps.people import person, signed_after_revocation
from seamline.steps.review import PAGE_PX
from seamline.steps.together import together
from seamline.steps.viewing import Seen, check_seen, seen_words, view_words


def sign(
    studio: Studio,
    element_id: str,
    *,
    by: str,
    passphrase: bytes | None,
    frames: FrameRange | None = None,
    looked: Seen | None = None,
) -> SignOff:
    """
    Record ``by``'s sign-off of ``element_id`` as it stands now, every pixel read again.

    Args:
        studio: Ports.
        element_id: The version.
        by: Whose sign-off it is; they need a key.
        passphrase: Of their key.
        frames: Only these: what was signed of an earlier version and is the same stands.
        looked: How it was looked at; by default as the sheet shows it.

    Raises:
        InputError: It has no such frames, or could not be seen so.
        ColourError: The show's config has no such view.
        RefusedError: ``by`` has no key, or the passphrase is wrong.
        SignOffError: The frames on disk are not the published ones.
    """
    key = person(studio, by)
    if looked is not None:
        check_seen(studio, looked)
    version = book.version(studio.ledger, element_id)
    now, seen = as_it_stands(studio, version)
    wanted = facts_of(studio, version)
    bound: dict[str, Any] = dict(wanted)
    changed = differing(wanted, now)
    if changed:
        raise SignOffError(
            f"{element_id}: the {changed} is no longer what was published",
            remedy=f"Paint or render it again: seamline paint {version.shot}",
        )
    shot = shot_now(studio, version)
    width = min(PAGE_PX, shot.width_px)
    on_sheet = (width, round(shot.height_px * width / shot.width_px))
    unsigned = SignOff(
        element=element_id,
        shot=version.shot,
        by=by,
        at=studio.clock.now(),
        key_fingerprint=key.fingerprint,
        key_protected=key.protected,
        view=seen_words(studio, shot, looked) if looked else view_words(studio, shot),
        size_px=looked.size_px if looked else on_sheet,
        findings=version.findings,
        frames=_asked(version, seen, frames),
        nonce=studio.nonce(),
        **bound,
    )
    signature = studio.keyring.sign(by, signed_bytes(unsigned), passphrase)
    for standing in book.sign_offs(studio.ledger, element_id):
        same = facts_of_sign_off(standing) == wanted
        if standing.by == by and same and standing.frames == unsigned.frames:
            return standing
    signed = replace(unsigned, signature=signature)
    book.write(studio.ledger, "sign-off", signed, by=by)
    return signed


def _asked(
    version: Version, seen: Frames, frames: FrameRange | None
) -> tuple[tuple[int, str], ...]:
    if frames is None:
        return seen
    there = dict(seen)
    missing = [n for n in frames if n not in there]
    if missing:
        raise InputError(
            f"{version.id} has frames {seen[0][0]}-{seen[-1][0]}, not {missing[0]}",
            remedy="Give --frames that it has.",
        )
    return tuple((n, there[n]) for n in frames)


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


Frames = tuple[tuple[int, str], ...]
"""(frame, digest of what is seen of it), in frame order."""


def frame_fact(element: str, comp: str, plate: str, matte: str, match: str) -> str:
    """Return the digest that a signature binds of one frame."""
    return record_digest(
        {"element": element, "comp": comp, "plate": plate, "matte": matte, "match": match}
    )


def frames_on_record(version: Version) -> Frames:
    """Return what the ledger says of each frame of ``version``; nothing for an old one."""
    if not version.frames:
        return ()
    plates = version.plate_frames or ("",) * len(version.element_frames)
    return tuple(
        (n, frame_fact(element, comp, plate, matte, version.cdl_digest))
        for n, element, comp, plate, matte in zip(
            FrameRange.parse(version.frames),
            version.element_frames,
            version.comp_frames,
            plates,
            version.matte_frames,
            strict=True,
        )
    )


def shot_now(studio: Studio, version: Version) -> Shot:
    """Return the shot as it is, but with the frames of ``version``."""
    shot = book.shot(studio.ledger, version.shot)
    made = book.shot_of(studio.ledger, version)
    if str(shot.frames) == str(made.frames):
        return shot
    if made.frames.first not in shot.frames or made.frames.last not in shot.frames:
        return made
    plate = shot.plate
    if plate is not None:
        first = made.frames.first - shot.frames.first
        plate = replace(plate, digests=plate.digests[first : first + len(made.frames)])
    return replace(shot, frames=made.frames, plate=plate)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameStands:
    """One frame as it is on disk: digests, values, and the share that is generated."""

    element: DeliveredFrame
    comp: DeliveredFrame
    plate: str
    matte: str
    generated: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """A version as it is on disk: what a sign-off binds, as a whole and frame by frame."""

    facts: dict[str, str]
    seen: Frames
    frames: tuple[FrameStands, ...]


def as_it_stands(studio: Studio, version: Version) -> tuple[dict[str, str], Frames]:
    """Return the same digests, and each frame's, from the files as they are at this moment."""
    found = reads(studio, version)
    return found.facts, found.seen


def reads(studio: Studio, version: Version) -> Stands:
    """
    Return what ``version`` is at this moment.

    Elements, comps, plate and matte are read from disk, layers and lineage from
    the blobs (which check themselves).
    """
    shot, seam = shot_now(studio, version), book.seam(studio.ledger, version.shot)
    variation = book.variation_of(studio.ledger, version)
    frames = list(shot.frames)

    def read(frame: int) -> FrameStands:
        element, comp = (
            delivered_frame(_published(studio, version, pattern, frame))
            for pattern in (
                studio.shelf.element_pattern(version.id),
                studio.shelf.comp_pattern(version.id),
            )
        )
        matte = read_matte(studio, shot, seam, frame)
        return FrameStands(
            element=element,
            comp=comp,
            plate=picture_digest(read_plate(studio, shot, frame)) if shot.plate else "",
            matte=matte_digest(matte),
            generated=round(1 - float(matte.mean(dtype=np.float64)), 6),
        )

    rows = together(studio, f"{version.id}: reading what stands", read, frames)
    element, comp, plate, matte = (
        sequence_digest(zip(frames, digests, strict=True))
        for digests in (
            [row.element.digest for row in rows],
            [row.comp.digest for row in rows],
            [row.plate for row in rows],
            [row.matte for row in rows],
        )
    )
    layers = [
        [f.name, picture_digest(studio.blobs.picture(f.digest))] for f in variation.layers
    ]
    lineage = [
        [f.name, picture_digest(studio.blobs.picture(f.lineage_digest))]
        for f in variation.layers
    ]
    graded = grading_digest(version.cdl, version.grades, version.match)
    facts = {
        "element_digest": element,
        "comp_digest": comp,
        "layers_digest": record_digest({"layers": layers}),
        "lineage_digest": record_digest({"layers": lineage}),
        "cdl_digest": graded,
        "matte_digest": matte,
        "plate_digest": plate if shot.plate else "",
    }
    seen = tuple(
        (n, frame_fact(row.element.digest, row.comp.digest, row.plate, row.matte, graded))
        for n, row in zip(frames, rows, strict=True)
    )
    return Stands(facts=facts, seen=seen, frames=tuple(rows))


def delivered_frame(picture: Picture) -> DeliveredFrame:
    """Return the digest of a picture and its values."""
    return DeliveredFrame(digest=picture_digest(picture), values=frame_values(picture))


def _published(studio: Studio, version: Version, pattern: str, frame: int) -> Picture:
    path = frame_path(pattern, frame)
    if not studio.shelf.exists(path):
        raise ShowError(
            f"{version.id}: frame {frame} is not there: {path}",
            remedy="Render it again as it was painted; the chosen one: "
            f"seamline paint {version.shot} --stale",
        )
    return studio.images.read(path)


def holding(
    studio: Studio, version: Version, now: dict[str, str], seen: Frames
) -> tuple[SignOff, ...]:
    """
    Return the sign-offs that hold for ``version`` as it stands, newest first, or refuse.

    One for all of it; or, where the shot was changed, several that hold for all its
    frames together: what was signed of an earlier version and is the same pixels, before
    the same plate, matte and match, stays signed.

    Raises:
        SignOffError: There is none, something it binds has changed since, or a frame is
            not signed.
        TamperError: A signature is not its owner's.
    """
    given = book.sign_offs(studio.ledger, version.id)
    signed = [s for s in given if not _came_late(studio, s)]
    changed = ""
    for sign_off in reversed(signed):
        _hold_to_key(studio, sign_off)
        changed = differing(facts_of_sign_off(sign_off), now)
        if not changed and _covers(sign_off, seen):
            return (sign_off,)
    if changed:
        raise SignOffError(
            f"{version.id}: the {changed} changed after {signed[-1].by} signed",
            remedy=f"Bring it back, or render, review and sign again: seamline paint "
            f"{version.shot}",
        )
    found, missing = covering(studio, version, seen)
    if found and not missing:
        return found
    if found:
        raise SignOffError(
            f"{version.id}: frames {ranges(missing)} are not signed; "
            f"{len(seen) - len(missing)} of {len(seen)} are",
            remedy=f"Review them in context, then: seamline sign {version.id} --by NAME "
            f"--frames {missing[0]}-{missing[-1]}",
        )
    if given and not signed:
        raise SignOffError(
            f"{version.id}: the key of {given[-1].by} was revoked before it signed this",
            remedy=f"Somebody whose key stands signs it: seamline sign {version.id} --by NAME",
        )
    if not signed:
        raise SignOffError(
            f"{version.id} has no sign-off; a generated element is raw material until a "
            "named person signs these exact pixels",
            remedy=f"Review it in context, then: seamline sign {version.id} --by NAME",
        )
    raise SignOffError(
        f"{version.id}: nothing that was signed of it is there any more",
        remedy=f"Review it in context, then: seamline sign {version.id} --by NAME",
    )


def covering(
    studio: Studio, version: Version, seen: Frames
) -> tuple[tuple[SignOff, ...], list[int]]:
    """
    Return the sign-offs that hold for frames of ``version``, and the frames without one.

    Looked for among the sign-offs of all versions of its variation, newest first.

    Raises:
        TamperError: A signature is not its owner's.
    """
    left = dict(seen)
    number = ElementId.parse(version.id).variation
    found = []
    for sign_off in reversed(book.sign_offs_of_shot(studio.ledger, version.shot)):
        if ElementId.parse(sign_off.element).variation != number:
            continue
        holds = [n for n, digest in sign_off.frames if left.get(n) == digest]
        if holds and not _came_late(studio, sign_off):
            _hold_to_key(studio, sign_off)
            found.append(sign_off)
            for n in holds:
                del left[n]
    return tuple(found), sorted(left)


def _covers(sign_off: SignOff, seen: Frames) -> bool:
    """Whether it is for every frame; one from before there were frames in it is."""
    return not sign_off.frames or {n for n, _ in sign_off.frames} >= {n for n, _ in seen}


def _came_late(studio: Studio, sign_off: SignOff) -> bool:
    return signed_after_revocation(studio, "sign-off", as_record(sign_off))


def _hold_to_key(studio: Studio, sign_off: SignOff) -> None:
    key = studio.keyring.find(sign_off.by)
    if not studio.keyring.verify(key, signed_bytes(sign_off), sign_off.signature):
        raise TamperError(
            f"{sign_off.element}: the signature of {sign_off.by} does not fit the record",
            remedy="Verify the ledger: seamline doctor",
        )
    _hold_to_nonce(studio, sign_off)


def _hold_to_nonce(studio: Studio, sign_off: SignOff) -> None:
    """Refuse a signature that stands in the ledger twice: it was given once."""
    same = [
        row
        for row in studio.ledger.rows("sign-off")
        if sign_off.nonce and row.body.get("nonce") == sign_off.nonce
    ]
    if len(same) > 1:
        raise TamperError(
            f"{sign_off.element}: one signature of {sign_off.by} is in the ledger "
            f"{len(same)} times",
            remedy="Verify the ledger: seamline doctor",
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
