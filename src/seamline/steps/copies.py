"""
Copies at the door: a picture that looks like one the show has waits for a person's word.

Every reference has an imprint, approved, kept unapproved or revoked alike; a new one is
held against all of them. What is found is only ever a question: a named person says that
it is no copy, or that it is one, and then both go by the narrower permissions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from seamline.errors import ApprovalError, InputError
from seamline.pixels.copies import Overlay, overlay
from seamline.pixels.imprint import VERSION, Imprint, imprint
from seamline.pixels.picture import Picture
from seamline.ports import Studio
from seamline.show.record import as_record
from seamline.show.reference import CopyDecision, Reference
from seamline.steps import book
from seamline.steps.kin import KIND, twins
from seamline.steps.people import person

IMPRINT = "imprint"
LIMITS = ((0.3, 0.3, 8), (0.6, 0.6, 4))
"""
How alike, in what share, by how many pieces: a picture that reaches all three of one line is
held. Set on one half of the material of ``record copies``.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody says of references that a picture looks like."""

    not_a_copy: tuple[str, ...] = ()
    """Ids or file names: it only looks like these."""
    copy_of: str = ""
    """Id or file name: it is a copy of this one."""
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resemblance:
    """A reference that a picture looks like, and how much."""

    of: Reference
    found: Overlay


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Heard:
    """A picture at the door: its imprint, and what people say of those it looks like."""

    mark: Imprint
    decisions: tuple[CopyDecision, ...]


def is_held(found: Overlay) -> bool:
    """Whether a picture that lies on another like this waits for a person's word."""
    return any(
        found.alike >= alike and found.share >= share and found.pieces >= pieces
        for alike, share, pieces in LIMITS
    )


def decide(studio: Studio, reference: Reference, master: Picture, said: Said) -> Heard:
    """
    Hold a new picture against every reference; return what is said of those it looks like.

    Args:
        studio: Ports.
        reference: The new one, not written yet.
        master: Its linear master.
        said: What somebody says of it.

    Raises:
        ApprovalError: It looks like a reference of which nothing is said; or it is said to
            be a copy, and wants other permissions than what it is a copy of.
        RefusedError: Who says so has no key that stands.
        InputError: Nothing says why, or it is said of a picture that it does not look like.
    """
    known = book.references(studio.ledger)
    mark = imprint(master.rgb())
    found = resembling(studio, reference, mark, known.values())
    words = [*said.not_a_copy, *([said.copy_of] if said.copy_of else [])]
    if words:
        person(studio, said.by)
        if not said.reason.strip():
            raise InputError(
                f"nothing says why {reference.file_name} is a copy, or is none",
                remedy="Say it in a line: --reason TEXT.",
            )
    _only_of_these(reference, words, found)
    made = []
    for one in found:
        copy = _names(one.of, said.copy_of)
        if copy:
            _same_permissions(reference, one.of)
        elif not any(_names(one.of, word) for word in said.not_a_copy):
            if _takes_its_place(reference, one.of):
                continue
            raise _held(reference, one)
        made.append(
            CopyDecision(
                reference=reference.id,
                of=one.of.id,
                copy=copy,
                by=said.by,
                on=studio.clock.now()[:10],
                reason=said.reason.strip(),
                alike=round(one.found.alike, 3),
                share=round(one.found.share, 3),
                mirrored=one.found.mirrored,
            )
        )
    return Heard(mark=mark, decisions=tuple(made))


def keep(studio: Studio, reference: Reference, heard: Heard) -> None:
    """Keep what people said of a picture that comes in, and its imprint."""
    for one in heard.decisions:
        book.write(studio.ledger, KIND, one, by=one.by)
    _keep_mark(studio, reference, heard.mark)


def resembling(
    studio: Studio, reference: Reference, mark: Imprint, known: Iterable[Reference]
) -> list[Resemblance]:
    """Return the references that ``mark``, the imprint of ``reference``, looks like."""
    found = []
    for other in known:
        if other.id == reference.id or twins(reference, other):
            continue
        laid = overlay(mark, imprint_of(studio, other))
        if is_held(laid):
            found.append(Resemblance(of=other, found=laid))
    return sorted(found, key=lambda one: -one.found.alike * one.found.share)


def imprint_of(studio: Studio, reference: Reference) -> Imprint:
    """Return the imprint of a reference; made once, from its linear master, and kept."""
    key = _key(reference)
    for row in studio.ledger.rows(IMPRINT):
        if row.body["key"] == key:
            return _read(studio, row.body)
    made = imprint(studio.blobs.picture(reference.master_digest).rgb())
    _keep_mark(studio, reference, made)
    return made


def _key(reference: Reference) -> str:
    return f"{reference.master_digest} {VERSION}"


def _keep_mark(studio: Studio, reference: Reference, made: Imprint) -> None:
    key = _key(reference)
    body = {"key": key, "tone": _put(studio, made.tone), "pieces": ""}
    if len(made.places):
        body["pieces"] = _put(studio, np.concatenate([made.places, made.waves], axis=1))
    studio.ledger.append_once(IMPRINT, key, body)


def _put(studio: Studio, plane: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> str:
    height, width = plane.shape
    window = (0, 0, width, height)
    channels = {"Y": np.ascontiguousarray(plane, np.float32)}
    return studio.blobs.put_picture(
        Picture(channels=channels, data_window=window, display_window=window)
    )


def _read(studio: Studio, body: Mapping[str, object]) -> Imprint:
    tone = studio.blobs.picture(str(body["tone"])).channels["Y"]
    if not body["pieces"]:
        return Imprint(
            tone=tone, places=np.zeros((0, 3), np.float32), waves=np.zeros((0, 35), np.float32)
        )
    pieces = studio.blobs.picture(str(body["pieces"])).channels["Y"]
    return Imprint(tone=tone, places=pieces[:, :3], waves=pieces[:, 3:])


def _names(reference: Reference, word: str) -> bool:
    return bool(word) and (
        word in (reference.file_name, reference.file_sha256) or reference.id.startswith(word)
    )


def _only_of_these(
    reference: Reference, words: Iterable[str], found: Iterable[Resemblance]
) -> None:
    for word in words:
        if not any(_names(one.of, word) for one in found):
            like = ", ".join(one.of.file_name for one in found)
            raise InputError(
                f"{reference.file_name} does not look like {word}"
                + (f", but like {like}" if like else ""),
                remedy="Say it of those that it looks like, or leave it out.",
            )


def _takes_its_place(reference: Reference, other: Reference) -> bool:
    """Whether ``reference`` replaces ``other`` without being allowed for more."""
    return (
        reference.replaces == other.id
        and other.revoked is None
        and other.approved
        and set(reference.allow) <= set(other.allow)
        and (not other.expires_on or "" < reference.expires_on <= other.expires_on)
    )


def _same_permissions(reference: Reference, other: Reference) -> None:
    mine, theirs = (
        {name: value for name, value in as_record(r).items() if name in _PERMISSIONS}
        for r in (reference, other)
    )
    why = other.why_not("paint", today="") if other.revoked is not None else ""
    if why or mine != theirs:
        raise ApprovalError(
            f"{reference.file_name} is a copy of {other.file_name} ({other.id}), and "
            + (why or "is added with other permissions"),
            remedy=f"Permissions go with the picture: use {other.file_name}, or give both "
            "the same.",
        )


_PERMISSIONS = ("owner", "licence", "approved_by", "allow", "expires_on")


def _held(reference: Reference, one: Resemblance) -> ApprovalError:
    of, found = one.of, one.found
    why = of.why_not("paint", today="")
    return ApprovalError(
        f"{reference.file_name} looks like reference {of.file_name} ({of.id})"
        + (", mirrored" if found.mirrored else "")
        + f": {found.share:.0%} of what both show agrees, and it lies on {found.covers:.0%} of "
        + "the smaller one"
        + (f"; of {of.file_name}: {why}" if why else ""),
        remedy=f"Look at both. If it is another picture: --not-a-copy {of.id} --by NAME "
        f"--reason TEXT; if it is a copy: --copy-of {of.id} --by NAME --reason TEXT.",
    )
