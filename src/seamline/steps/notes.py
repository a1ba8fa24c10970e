"""Notes: what people say about a shot's versions, pinned to a frame; never changed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from seamline.errors import InputError
from seamline.ports import Ledger, Studio
from seamline.show.review import Note, Stroke
from seamline.steps import book
from seamline.steps.ingest import display_window

KIND = "note"


def leave_note(
    studio: Studio,
    name: str,
    element_id: str,
    *,
    by: str,
    frame: int,
    text: str = "",
    strokes: Sequence[Stroke] = (),
    verdict: str = "",
) -> Note:
    """
    Record what ``by`` says of ``element_id`` at ``frame``.

    Args:
        studio: Ports.
        name: The shot.
        element_id: One of its versions.
        by: Who says it.
        frame: What they looked at.
        text: In words, plain text.
        strokes: Lines drawn over the frame, display-window pixels from the top left.
        verdict: One of ``show.review.OPINIONS``.

    Raises:
        ShowError: It is not a version of this shot.
        InputError: The version has no such frame, a line lies far outside of it, or the
            note says nothing.
    """
    version = book.version_in(studio.ledger, name, element_id)
    shot = book.shot_of(studio.ledger, version)
    if frame not in shot.frames:
        raise InputError(
            f"{element_id} has frames {shot.frames}, not {frame}",
            remedy="Pin the note to one of them.",
        )
    _, _, width, height = display_window(shot)
    drawn = tuple(tuple((round(x, 2), round(y, 2)) for x, y in stroke) for stroke in strokes)
    for x, y in (point for stroke in drawn for point in stroke):
        inside = -width <= x <= 2 * width and -height <= y <= 2 * height
        if not (math.isfinite(x) and math.isfinite(y) and inside):
            raise InputError(
                f"a line of the note lies at {x:g}, {y:g}, far outside the frame's "
                f"{width}x{height} pixels",
                remedy="Count from the top left of the display window.",
            )
    note = Note(
        shot=name,
        element=element_id,
        frame=frame,
        by=by,
        at=studio.clock.now(),
        text=text.strip(),
        strokes=drawn,
        verdict=verdict,
    )
    book.write(studio.ledger, "note", note, by=by)
    return note


def notes(ledger: Ledger, name: str) -> list[Note]:
    """Return every note on shot ``name``, oldest first; ShowError if there is no such shot."""
    book.shot(ledger, name)
    return [note for note in book.nouns(ledger, KIND, Note) if note.shot == name]


def opinions(found: Sequence[Note]) -> dict[str, dict[str, str]]:
    """Return each person's newest verdict on each version: element to person to verdict."""
    newest: dict[str, dict[str, str]] = {}
    for note in found:
        if note.verdict:
            newest.setdefault(note.element, {})[note.by] = note.verdict
    return newest
