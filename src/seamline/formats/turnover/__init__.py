"""
Turnovers: a module per kind of file, each with ``read(content, ...)``.

A turnover comes from outside. Its size is looked at before it is read, in a child behind walls
(``formats.reader``); what it names is never run, and a place in it that cannot be used is a
sentence beside those that can.
"""

from __future__ import annotations

import hashlib
import os
from fractions import Fraction

from seamline.errors import FormatError
from seamline.formats.reader import believed, readers
from seamline.isolation.regular import content_of
from seamline.isolation.walls import PREFERRED
from seamline.show.record import from_record
from seamline.show.turnover import Turnover

MOST_BYTES = 64 << 20
"""A feature's timeline with every effect has some 20 MB."""
KINDS = {".otio": "otio", ".edl": "edl", ".csv": "csv", ".tsv": "csv", ".txt": "csv"}


def read_turnover(path: str, rate: Fraction, *, isolation: str = PREFERRED) -> Turnover:
    """
    Return what the turnover at ``path`` says.

    Args:
        path: ``.otio``, ``.edl`` or ``.csv``; the ending says which.
        rate: Frames per second of an EDL, which does not say; of a table's numbers too.
        isolation: How much the show wants of the walls around what reads it.

    Raises:
        FormatError: There is no such file, it is too large, or it is no turnover.
        IsolationError: The show requires walls that do not stand.
    """
    kind = KINDS.get(os.path.splitext(path)[1].lower())
    if kind is None:
        raise FormatError(
            f"{path} is no turnover that is read here",
            remedy="Give an OpenTimelineIO timeline (.otio), a CMX 3600 list (.edl) or a "
            "table (.csv).",
        )
    content = _content(path)
    sha256 = hashlib.sha256(content).hexdigest()
    asked = {"kind": kind, "rate": str(rate)}
    said = readers(isolation).read("turnover", content, where=path, asked=asked)
    named = {"file": path, "sha256": sha256, "kind": kind}
    made: Turnover = believed(
        path, lambda: from_record(Turnover, {**said, **named}), FormatError
    )
    return made


def _content(path: str) -> bytes:
    try:
        content = content_of(path, MOST_BYTES + 1)
    except OSError as error:
        raise FormatError(
            f"{path}: the turnover cannot be opened ({error.strerror})",
            remedy="Check the name, and whether the disk is mounted.",
        ) from error
    if len(content) > MOST_BYTES:
        raise FormatError(
            f"{path} is larger than {MOST_BYTES >> 20} MiB, more than any turnover",
            remedy="Check the file; hand a longer cut over in several reels.",
        )
    return content
