"""Status: what of every shot is done, what is stale, and on whom the next step waits."""

from __future__ import annotations

from dataclasses import dataclass, replace

from seamline.ports import Studio
from seamline.show.shot import Shot
from seamline.show.variation import Version
from seamline.steps import book
from seamline.steps.remembered import Remembered
from seamline.steps.sign_offs import covering
from seamline.steps.stale import judged, shots, stale
from seamline.steps.stands import frames_on_record

WRANGLER, ARTIST, DIRECTOR = "data wrangler", "artist", "director"
SUPERVISOR, PRODUCER = "supervisor", "producer"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotStatus:
    """Where one shot stands."""

    shot: str
    version: int
    frames: str
    done: tuple[str, ...]
    """What stands already, in film order: ``plate``, ``lock`` ... ``delivered``."""
    next: str
    """What is to be done next; empty when the shot is delivered as it stands."""
    waits_on: str
    """Whose turn it is."""
    stale: tuple[tuple[str, str, str], ...]
    """(version, what has to be made again, why), of the versions that count."""
    failed: tuple[str, ...]
    """Checks that fail on the chosen version."""


def status(studio: Studio, name: str | None = None) -> list[ShotStatus]:
    """
    Return where every shot stands, or shot ``name`` alone.

    Raises:
        ShowError: There is no such shot.
    """
    if name is not None:
        book.shot(studio.ledger, name)
    studio = replace(studio, ledger=Remembered(studio.ledger))
    return [_of(studio, shot) for shot in ([name] if name else shots(studio))]


def _of(studio: Studio, name: str) -> ShotStatus:
    shot = book.shot(studio.ledger, name)
    versions = judged(studio, name)
    choice = book.chosen(studio.ledger, name)
    chosen = book.version(studio.ledger, choice.element) if choice else None
    found = {v.id: stale(studio, v) for v in ([chosen] if chosen else versions)}
    done = _done(studio, shot, versions, chosen)
    what, who = _next(studio, shot, done, chosen, bool(chosen and found[chosen.id]))
    return ShotStatus(
        shot=name,
        version=shot.version,
        frames=str(shot.frames),
        done=tuple(done),
        next=what,
        waits_on=who,
        stale=tuple((i, why.what, why.says) for i, whys in found.items() for why in whys),
        failed=tuple(f.check for f in chosen.findings if f.verdict == "fail") if chosen else (),
    )


def _done(
    studio: Studio, shot: Shot, versions: list[Version], chosen: Version | None
) -> list[str]:
    ledger, name = studio.ledger, shot.name
    signed = _signed(studio, chosen) if chosen else ""
    delivered = any(
        chosen is not None and row.body["element"] == chosen.id
        for row in ledger.rows("delivery")
    )
    return [
        word
        for word, holds in (
            ("plate", shot.plate is not None),
            ("camera", shot.track is not None or shot.static),
            ("lock", book.lock(ledger, name) is not None),
            ("seam", shot.plate is None or book.seam(ledger, name) is not None),
            (f"{len(versions)} painted", bool(versions)),
            ("chosen", chosen is not None),
            (signed, bool(signed)),
            ("delivered", delivered),
        )
        if holds
    ]


def _signed(studio: Studio, version: Version) -> str:
    """Return ``signed``, how many of the frames are, or nothing."""
    own = book.sign_offs(studio.ledger, version.id)
    seen = frames_on_record(version)
    if not seen or any(not s.frames for s in own):
        return "signed" if own else ""
    _, missing = covering(studio, version, seen)
    if not missing:
        return "signed"
    left = len(seen) - len(missing)
    return f"{left} of {len(seen)} frames signed" if left else ""


def _next(
    studio: Studio, shot: Shot, done: list[str], chosen: Version | None, is_stale: bool
) -> tuple[str, str]:
    """Return the next step, as a sentence, and whose it is."""
    name = shot.name
    if "camera" not in done:
        return "take its camera in", WRANGLER
    if "seam" not in done:
        return "say where its seam lies", ARTIST
    if not any(word.endswith("painted") for word in done):
        return "paint it" if "lock" in done else "set its lock, and paint it", ARTIST
    if chosen is None:
        return "choose a variation", DIRECTOR
    if is_stale:
        return f"decide whether {chosen.id} is made again", SUPERVISOR
    if "signed" not in done:
        some = next((word for word in done if word.endswith("frames signed")), "")
        return f"review and sign {chosen.id}" + (f" ({some})" if some else ""), SUPERVISOR
    if "delivered" not in done:
        return f"deliver {name}", PRODUCER
    return "", ""
