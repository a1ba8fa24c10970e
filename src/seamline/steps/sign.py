"""Sign: a named person stands for exact pixels, and for how they were seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from seamline.errors import InputError, SignOffError
from seamline.ports import Studio
from seamline.show.frames import FrameRange
from seamline.show.review import SignOff
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.people import person
from seamline.steps.review import PAGE_PX
from seamline.steps.sign_offs import facts_of_sign_off, signed_bytes
from seamline.steps.stands import Frames, as_it_stands, differing, facts_of, shot_now
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
