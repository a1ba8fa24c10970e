"""
Take a turnover in: many shots in one go, with a word on each.

A shot comes in whole (plate, camera, seam, grade and its place in the cut) or not at all;
the others come in all the same. The same turnover again changes nothing but what has
arrived or changed since, also after a run that was killed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

from seamline.errors import InputError, ShowError
from seamline.ports import Studio
from seamline.show.names import checked_name
from seamline.show.seam import Seam
from seamline.show.shot import Shot
from seamline.show.turnover import Cut, Event, Material, Turnover
from seamline.steps import book
from seamline.steps.draft import Draft
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.remembered import Remembered
from seamline.steps.taken_lens import LensFiles
from seamline.steps.turnover_find import Index
from seamline.steps.turnover_frames import Missing
from seamline.steps.turnover_look import Asked, Looked, look
from seamline.steps.turnover_report import ADDED, MISSING, NEW, STANDING, Intake, Outcome
from seamline.steps.viewing import shot_grade

Numbered = tuple[int, Event]
"""An event and its place in the turnover, from 1."""


class _Lacks(Exception):
    """A shot cannot be taken in: carries what is missing, and why."""

    def __init__(self, missing: Missing) -> None:
        super().__init__(missing.says)
        self.missing = missing


@contextmanager
def _lacking(what: str) -> Iterator[None]:
    """Say of what is wrong in the block that it is the shot's ``what``."""
    try:
        yield
    except InputError as error:
        says = f"{error}; {error.remedy}" if error.remedy else str(error)
        better = {"ColourError": "colourspace", "TrackError": "track"}
        what = better.get(type(error).__name__, what) if what == "plate" else what
        raise _Lacks(Missing(what=what, says=says)) from error


def take_in(
    studio: Studio, turnover: Turnover, material: Material, asked: Asked, *, dry_run: bool
) -> Intake:
    """
    Record every shot of ``turnover`` that is whole.

    Args:
        studio: Ports.
        turnover: As read.
        material: What lies in the folders that came with it.
        asked: What holds for all of its shots.
        dry_run: Look at and read everything, and record nothing.

    Returns:
        A word on every shot and on every place that could not be used.
    """
    studio = replace(studio, ledger=Remembered(studio.ledger))
    named, outcomes = _by_shot(turnover)
    outcomes += [
        Outcome(
            shot=place.shot, state=MISSING, where=place.where,
            missing=(Missing(what="turnover", says=place.says),),
        )
        for place in turnover.refused
    ]  # fmt: skip
    beside = turnover.file.rpartition("/")[0]
    index = Index(material, named, beside=beside)
    with studio.shelf.lease("turnover"):
        for shot, events in named.items():
            outcomes.append(_one(studio, turnover, shot, events, index, asked, dry_run=dry_run))
    order = {event.where: n for n, event in enumerate(turnover.events)}
    outcomes.sort(key=lambda o: order.get(o.where.split(", ")[0], len(order)))
    return Intake(
        file=turnover.file,
        kind=turnover.kind,
        title=turnover.title,
        dry_run=dry_run,
        outcomes=tuple(outcomes),
        notes=turnover.notes,
    )


def _by_shot(turnover: Turnover) -> tuple[dict[str, list[Numbered]], list[Outcome]]:
    """Return events by their shot's name, and a word on those that have none."""
    named: dict[str, list[Numbered]] = {}
    nameless = []
    for order, event in enumerate(turnover.events, start=1):
        try:
            checked_name(event.shot, what="shot")
        except ShowError as error:
            says = f"{error}: {error.remedy}" if event.shot else _no_name(turnover.kind)
            nameless.append(
                Outcome(
                    shot=event.shot, state=MISSING, where=event.where,
                    missing=(Missing(what="name", says=says),),
                )
            )  # fmt: skip
            continue
        named.setdefault(event.shot, []).append((order, event))
    return named, nameless


def _no_name(kind: str) -> str:
    if kind == "edl":
        return "nothing names its shot; write a line `* SHOT: NAME` below the event"
    return "nothing names its shot; give the clip the shot's name"


def _one(
    studio: Studio,
    turnover: Turnover,
    shot: str,
    events: list[Numbered],
    index: Index,
    asked: Asked,
    *,
    dry_run: bool,
) -> Outcome:
    where = ", ".join(event.where for _, event in events)
    twice = list(_named_twice(turnover, events))
    if twice:
        return Outcome(shot=shot, state=MISSING, where=where, missing=tuple(twice))
    found = look(studio, shot, events, index, asked)
    outcome = Outcome(
        shot=shot,
        state=MISSING,
        where=where,
        plate=found.plate,
        frames=str(found.taken.frames) if found.taken else "",
        head=found.taken.head if found.taken else None,
        tail=found.taken.tail if found.taken else None,
        missing=found.missing,
        without=found.without,
        notes=found.notes,
    )
    if found.missing:
        return outcome
    draft = Draft(studio.ledger)
    drafted = replace(studio, ledger=draft)
    before = book.shot_if_any(studio.ledger, shot)
    try:
        version = _recorded(drafted, turnover, shot, events[0][1], found, asked, before)
    except _Lacks as lacks:
        return replace(outcome, missing=(lacks.missing,))
    changed = list(draft.waiting)
    if not dry_run:
        draft.publish()
    state = STANDING if not changed else ADDED if before is None else NEW
    return replace(
        outcome, state=state, version=version, changed=tuple(changed), notes=found.notes
    )


def _recorded(
    studio: Studio,
    turnover: Turnover,
    shot: str,
    event: Event,
    found: Looked,
    asked: Asked,
    standing: Shot | None,
) -> int:
    """
    Write the shot's rows to the draft that ``studio`` holds; return its version.

    What somebody gave the shot by hand, and this turnover says nothing of, stays.
    """
    assert found.taken is not None
    colourspace = event.colourspace or asked.colourspace
    if standing is not None and standing.plate is not None and not colourspace:
        plate = standing.plate
        if (plate.pattern, plate.evidence) == (found.plate, "flag"):
            colourspace = plate.colourspace
    layer = event.plate_layer
    if standing is not None and standing.plate is not None and not layer:
        # Of the same files only: another plate may have no such layer.
        layer = standing.plate.layer if standing.plate.pattern == found.plate else ""
    static, track = found.static, found.track
    if standing is not None and not static and not track:
        static = standing.static
        track = standing.track.origin if standing.track else ""
    grade = standing.grade if standing else None
    if found.grade:
        space = event.grade_space or asked.grade_space
        with _lacking("grade"):
            grade = shot_grade(studio, shot, found.grade, space=space)
    report = bool(found.lens) and studio.tracks.is_lens(found.lens)
    with _lacking("plate"):
        added = add_shot(
            studio,
            shot,
            plate=found.plate,
            track=track or None,
            static=static,
            frames=found.taken.frames,
            colourspace=colourspace or None,
            layer=layer,
            grade=grade,
            lens=found.lens if report else "",
            bends=LensFiles(model="" if report else found.lens),
            lens_of=standing,
        )
    with _lacking("matte"):
        _set_matte(studio, shot, event, found)
    _write_cut(studio, _cut(turnover, shot, event, found))
    return added.version


def _set_matte(studio: Studio, shot: str, event: Event, found: Looked) -> None:
    if found.matte:
        seam = book.seam(studio.ledger, shot)
        if seam is None:
            set_seam(studio, Seam(shot=shot, version=1, matte=found.matte))
        elif event.matte or seam.matte in ("", found.matte):
            set_seam(studio, replace(seam, matte=found.matte))
        else:
            found.said.append(f"its seam has another matte, {seam.matte}, and keeps it")


def _cut(turnover: Turnover, shot: str, event: Event, found: Looked) -> Cut:
    assert found.taken is not None
    return Cut(
        shot=shot,
        version=1,
        file=turnover.file.rpartition("/")[2],
        sha256=turnover.sha256,
        pieces=found.taken.pieces,
        head=found.taken.head,
        tail=found.taken.tail,
        lens=found.lens,
        note="; ".join(event.notes) if turnover.kind == "csv" else "",
    )


def _write_cut(studio: Studio, cut: Cut) -> None:
    standing = book.cut(studio.ledger, cut.shot)
    if standing is not None:
        # Another export of the same cut says nothing new.
        same = replace(standing, file=cut.file, sha256=cut.sha256)
        if replace(cut, version=standing.version) == same:
            return
        cut = replace(cut, version=standing.version + 1)
    book.write(studio.ledger, "cut", cut)


def _named_twice(turnover: Turnover, events: list[Numbered]) -> Iterator[Missing]:
    """Yield why several events cannot be one shot; the same plate twice in the cut can."""
    if len(events) == 1:
        return
    places = " and ".join(event.where for _, event in events)
    if turnover.kind == "csv":
        yield Missing(what="name", says=f"the shot is named twice: {places}")
        return
    ways: Mapping[str, Callable[[Event], Collection[str]]] = {
        "reels": lambda event: (event.reel,) if event.reel else (),
        "media": lambda event: event.files,
    }
    for what, of in ways.items():
        several = sorted({name for _, event in events for name in of(event)})
        if len(several) > 1:
            names = ", ".join(several)
            yield Missing(what="name", says=f"one name for several {what} ({names}): {places}")
            return
    placed = sorted(
        (event.record, event.where) for _, event in events if event.record is not None
    )
    for (before, first), (after, second) in pairwise(placed):
        if after[0] < before[1]:
            yield Missing(what="name", says=f"{first} and {second} overlap in the cut")
            return
