"""
Late light: a lock is revised, what rests on it is named, and only that is made again.

The live side cannot be painted again. What its plate needs to follow is suggested as a CDL
beside it, marked as a suggestion: a colourist's work begins there, and no pixel of the
plate changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from seamline.errors import InputError, ShowError
from seamline.ports import Studio
from seamline.show.cdl import CDL
from seamline.show.frames import frame_path
from seamline.show.lock import Light, Lock
from seamline.show.names import ElementId
from seamline.show.record import as_record
from seamline.show.variation import Variation, Version
from seamline.steps import book
from seamline.steps.further import go_on
from seamline.steps.lock import set_again
from seamline.steps.paint import paint
from seamline.steps.people import person
from seamline.steps.relight import relight
from seamline.steps.stale import FRAMES, MATCH, PAINTING, Stale, judged, stale
from seamline.steps.suggested import SUGGESTION, live_suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """A revised lock: what it was, what is stale since, and what the live side may need."""

    lock: Lock
    before: Lock
    stale: tuple[tuple[str, Stale], ...]
    """(version, why), of the versions that count."""
    suggestion: CDL | None
    """A suggested grade of the live side; None where the light's colour and level stand."""
    path: str
    """Where the suggestion lies as a ``.cc``; empty without one."""


def suggestion_name(shot: str, lock_version: int) -> str:
    """Return what the suggestion's file is called."""
    return f"{shot}_{SUGGESTION}_v{lock_version}.cc"


def revise(
    studio: Studio,
    name: str,
    light: Light,
    *,
    reason: str,
    by: str = "",
    suggests: bool = True,
) -> Revised:
    """
    Set another light in the lock of shot ``name``; what is None in ``light`` stands.

    Nothing is painted. The same light again changes nothing.

    Args:
        studio: Ports.
        name: The shot.
        light: What is revised.
        reason: Why, for the record.
        by: Who agreed; they need a key. Without one those who agreed before are not named.
        suggests: Whether a grade is suggested, which asks the colour engine.

    Raises:
        ShowError: The shot has no lock.
        InputError: There is no reason, or nothing is revised.
        LockError: A number cannot be.
    """
    if by:
        person(studio, by)
    if not reason.strip():
        raise InputError(
            "nothing says why the lock is revised", remedy="Say it in a line: --reason TEXT."
        )
    before = book.lock(studio.ledger, name)
    if before is None:
        book.shot(studio.ledger, name)
        raise ShowError(
            f"{name} has no lock to revise",
            remedy=f"Set one: seamline lock set {name} LOCK.toml",
        )
    changed = {
        key: value
        for key, value in as_record(light).items()
        if value is not None and not (key == "tint" and value == 0.0)
    }
    if not changed:
        raise InputError(
            f"{name}: nothing of the light is revised",
            remedy="Give what is another now: --light-azimuth, --light-elevation, --cct ...",
        )
    wanted = replace(before.light, **changed)
    if wanted == before.light:
        return Revised(lock=before, before=before, stale=(), suggestion=None, path="")
    lock = set_again(
        studio,
        replace(
            before,
            light=wanted,
            reason=reason.strip(),
            agreed_by=(by,) if by else (),
            agreed_on=studio.clock.now()[:10],
        ),
        by=by,
    )
    suggestion = live_suggestion(studio, lock) if suggests else None
    path = ""
    if suggestion is not None:
        path = studio.shelf.sheet_path(name, suggestion_name(name, lock.version))
        studio.shelf.write(path, studio.papers.cdl_file(suggestion))
    found = tuple((v.id, why) for v in judged(studio, name) for why in stale(studio, v))
    return Revised(lock=lock, before=before, stale=found, suggestion=suggestion, path=path)


def paint_stale(studio: Studio, name: str, *, like: str = "") -> list[Variation]:
    """
    Make again what is stale of shot ``name``, and nothing else; return the variations.

    A stale painting is painted for today's lock and references, seed by seed, as a new
    variation; one that is only stale after painting, or whose frames are not on disk, is
    rendered again as it is. With
    ``like`` that version alone is brought to the new light, its layout kept.

    Raises:
        ShowError: ``like`` is another shot's, or cannot keep its layout.
        ApprovalError, GeneratorError: As for ``paint``.
    """
    if like:
        if ElementId.parse(like).shot != name:
            raise ShowError(
                f"{like} belongs to {ElementId.parse(like).shot}, not to {name}",
                remedy=f"Name one of this shot's: seamline versions {name}",
            )
        return [relight(studio, name, like)]
    found: list[Variation] = []
    for version in _to_do(studio, name):
        whys = {why.what for why in stale(studio, version)}
        variation = book.variation_of(studio.ledger, version)
        if PAINTING in whys:
            found += paint(
                studio,
                name,
                variations=1,
                seed=variation.ask.seed,
                generator=variation.ask.generator,
            )
        elif FRAMES in whys or MATCH in whys:
            found.append(go_on(studio, version))
        elif _frames_are_gone(studio, version):
            found.append(variation)
    return found


def _frames_are_gone(studio: Studio, version: Version) -> bool:
    """Whether a frame is not on disk: a backup has none, since they can be made again."""
    patterns = studio.shelf.element_pattern(version.id), studio.shelf.comp_pattern(version.id)
    return not all(
        studio.shelf.exists(frame_path(pattern, frame))
        for pattern in patterns
        for frame in book.shot_of(studio.ledger, version).frames
    )


def _to_do(studio: Studio, name: str) -> Sequence[Version]:
    """Return what is worth making again: the chosen version, or all where nobody chose."""
    book.shot(studio.ledger, name)
    choice = book.chosen(studio.ledger, name)
    if choice is not None:
        return [book.version(studio.ledger, choice.element)]
    return judged(studio, name)
